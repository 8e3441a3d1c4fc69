"""One network may not go through a list of addresses."""

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import make_organisation, new_browser
from tests.markup import alerts
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.recovery.services import ceilings
from trousseau.throttling.limits import Limit

PAGE = "/leia/recover/"


@pytest.fixture(autouse=True)
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ceilings.FROM_A_NETWORK.most == 600
    monkeypatch.setattr(ceilings, "FROM_A_NETWORK", Limit(3, ceilings.FROM_A_NETWORK.window))


def ask(browser: Client, number: int, page: str = PAGE, address: str = "192.0.2.7"):
    fields = {"email": f"somebody{number}@example.com", "membership": "leia"}
    return browser.post(page, fields, REMOTE_ADDR=address)


def test_network_is_told_when_it_may_ask_again(leia: Organisation, travel: StoppedClock) -> None:
    """SIG-05, LOG-03, REC-03: all organisations and both doors together."""
    make_organisation("bastia", "Bastia")
    travel.moment = travel.moment.replace(minute=59, second=0, microsecond=0)
    browser = new_browser()
    for number, page in enumerate((PAGE, "/bastia/recover/", "/recover/")):
        assert ask(browser, number, page).status_code == 303
    for page in (PAGE, "/recover/"):
        refused = ask(browser, 4, page, address="192.0.2.200")
        assert refused.status_code == 200
        assert alerts(refused) == ["Too many attempts. Try again in 60 seconds."]
    assert RecoveryRequest.objects.count() == 3
    assert [event.facts for event in Event.objects.filter(tag="excess_rate_limit_exceeded")] == [
        {"limit": "recovery requests"}
    ]
    assert ask(browser, 5, address="198.51.100.1").status_code == 303
    travel(minutes=1)
    assert ask(browser, 6).status_code == 303
