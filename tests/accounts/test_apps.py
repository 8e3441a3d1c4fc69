"""What the accounts' room sets up when the application starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from trousseau.accounts.passwords import Person, breached, configure, judge
from trousseau.env import ConfigurationError

LEAKED = "zèbre-marmite-falaise-trombone"


@pytest.fixture(autouse=True)
def without_list_afterwards() -> Iterator[None]:
    yield
    configure(None)


def test_start_reads_the_operator_s_list_of_breached_passwords(tmp_path: Path, settings) -> None:
    """PWD-06."""
    settings.BREACHED_PASSWORDS = str(tmp_path / "breached")
    breached.build([LEAKED], settings.BREACHED_PASSWORDS)

    apps.get_app_config("accounts").ready()

    assert judge(LEAKED, Person(), 8).reason == "breached"


def test_start_without_a_list_refuses_no_password_as_breached(settings) -> None:
    settings.BREACHED_PASSWORDS = ""

    apps.get_app_config("accounts").ready()

    assert judge(LEAKED, Person(), 8).reason == ""


@pytest.mark.parametrize("content", [None, b"not a multiple of eight"])
def test_start_stops_at_a_list_that_is_none(
    content: bytes | None, tmp_path: Path, settings
) -> None:
    path = tmp_path / "breached"
    if content is not None:
        path.write_bytes(content)
    settings.BREACHED_PASSWORDS = str(path)

    with pytest.raises(ConfigurationError, match=r"^TROUSSEAU_BREACHED_PASSWORDS: "):
        apps.get_app_config("accounts").ready()
