from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.databases import shared_database
from tests.sink import Sink

__all__ = ["shared_database"]


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """Serve as the mail server of the settings."""
    server = Sink()
    with server.listening():
        settings.MAIL_URL = server.url
        yield server
