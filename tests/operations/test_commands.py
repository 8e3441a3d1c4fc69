"""`trousseau serve`, `work` and `check`: what they refuse to start with."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from trousseau.env import ConfigurationError
from trousseau.operations import faults


@pytest.mark.parametrize("command", ["serve", "work", "check"])
def test_demonstration_is_refused(command: str, settings: Settings) -> None:
    """SIG-11: its accounts have published passwords, and its mails are shown to anybody."""
    settings.DEMO = True
    with pytest.raises(ConfigurationError, match=r"^TROUSSEAU_DEMO shows every mail to anybody"):
        call_command(command)


@pytest.mark.parametrize("command", ["serve", "work"])
def test_secret_key_of_the_moment_is_refused(command: str, settings: Settings) -> None:
    """SEC-01: each process would have one of its own, and lose it when it ends."""
    settings.SECRET_KEY_IS_TEMPORARY = True
    with pytest.raises(ConfigurationError, match=r"^TROUSSEAU_SECRET_KEY is not set: .*openssl"):
        call_command(command)


@pytest.mark.django_db
def test_check_names_a_secret_key_of_the_moment(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """SEC-01."""
    settings.SECRET_KEY_IS_TEMPORARY = True
    with pytest.raises(CommandError):
        call_command("check")
    assert "Secrets: TROUSSEAU_SECRET_KEY (or " in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("secure", "host", "proxies", "said"),
    [
        (False, "127.0.0.1", [], []),
        (False, "::1", [], []),
        (False, "localhost", [], []),
        (False, "0.0.0.0", ["10.0.0.1"], []),
        (True, "127.0.0.1", ["127.0.0.1"], []),
        (True, "127.0.0.1", [], ["TROUSSEAU_BASE_URL begins with https://"]),
        (False, "0.0.0.0", [], ["`trousseau serve` listens on 0.0.0.0, for everybody"]),
        (False, "::", [], ["`trousseau serve` listens on ::, for everybody"]),
    ],
)
def test_find_public_address_without_a_proxy(
    settings: Settings,
    secure: bool,  # noqa: FBT001
    host: str,
    proxies: list[str],
    said: list[str],
) -> None:
    settings.SECURE, settings.WEB_HOST, settings.TRUSTED_PROXIES = secure, host, proxies
    found = [one for one in faults.find() if one.startswith("Reverse proxy: ")]
    assert [one.removeprefix("Reverse proxy: ").split(",")[0] for one in found] == [
        one.split(",")[0] for one in said
    ]
