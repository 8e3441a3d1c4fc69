"""A CAS server that says what a test wants it to."""

from collections.abc import Iterator

import pytest

from tests.factories import make_organisation
from tests.signin.cas.lying_server import LyingServer, running
from trousseau.organisations.models import Organisation


@pytest.fixture
def liar() -> Iterator[LyingServer]:
    with running() as server:
        yield server


@pytest.fixture
def leia(db: None, liar: LyingServer) -> Organisation:
    return make_organisation(
        "leia", "LEIA", cas_url=liar.url, cas_name="Guichet", cas_directory_id="record"
    )
