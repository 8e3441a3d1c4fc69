"""`trousseau throttling show` and `clear`."""

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, make_account
from trousseau.accounts.models import Account
from trousseau.accounts.services import attempts, trusted_devices
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def fail(account: Account, times: int) -> None:
    for _ in range(times):
        attempts.failed(attempts.begin(account.organisation, "ada", account, ORIGIN, {}))


def told(capsys: pytest.CaptureFixture[str], action: str) -> str:
    call_command("throttling", action, "leia", "ADA")
    return capsys.readouterr().out


def test_show_tells_how_things_stand(
    ada: Account, travel: StoppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = "ada: 0 failures in a row, not held back; 0 trusted devices\n"
    assert told(capsys, "show") == nothing
    trusted_devices.trust(ada, {}, ORIGIN)
    fail(ada, 6)
    said = told(capsys, "show")
    assert said.startswith("ada: 6 failures in a row, held back until 20")
    assert said.endswith("; 1 trusted devices\n")
    for _ in range(94):
        travel(hours=1)
        fail(ada, 1)
    assert "100 failures in a row, only trusted devices and recovery remain" in told(capsys, "show")


def test_clear_lets_the_next_attempt_be_made(
    ada: Account, travel: StoppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """LOG-01: the trail names the operator."""
    assert told(capsys, "clear") == "ada: there were no failures.\n"
    fail(ada, 6)
    assert told(capsys, "clear") == "ada: failures forgotten.\n"
    fail(ada, 1)
    event = Event.objects.get(tag="authn_login_fail_cleared")
    assert (event.actor, event.subject) == ("operator", ada.public_id)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("words", [("leia", "eva"), ("atlantis", "ada")])
@pytest.mark.parametrize("action", ["show", "clear"])
def test_what_is_not_there_is_said(action: str, words: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match=r"There is no"):
        call_command("throttling", action, *words)
