"""The CAS server is one factor: whoever has or needs a second one shows it on this way too."""

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import is_signed_in, make_account, new_browser
from tests.second_factors import STEP, code_of, give_app
from tests.signin.cas.answers import success
from tests.signin.cas.lying_server import LyingServer, answered
from tests.signin.cas.round_trip import come_back, leave, new_ticket
from trousseau.accounts.models import Account
from trousseau.organisations.models import Organisation

CONFIRM = "/leia/settings/confirm/"
SECOND = "/leia/settings/second-step/"


@pytest.fixture
def ange(leia: Organisation, liar: LyingServer) -> Account:
    liar.says = answered(success("ange", {"record": ("2A-417",)}))
    return make_account(leia, "ange.cas", directory_id="2A-417", local_sign_in=False, password="")


def by_cas(ticket: str = "") -> tuple[Client, str]:
    browser = new_browser()
    leave(browser, "?next=/leia/settings/")
    return browser, come_back(browser, ticket or new_ticket()).headers["Location"]


def test_factor_is_asked_for_after_the_cas_server(
    leia: Organisation, ange: Account, travel: StoppedClock
) -> None:
    """SIG-08: and the ticket opens nothing by itself, the first time or the second."""
    app = give_app(ange)
    ticket = new_ticket()
    browser, where = by_cas(ticket)
    assert where == STEP
    assert not is_signed_in(browser, leia)
    replay = new_browser()
    leave(replay)
    assert come_back(replay, ticket).status_code != 303
    answer = browser.post(STEP, {"code": code_of(app, travel)})
    assert answer.headers["Location"] == "/leia/settings/"
    assert is_signed_in(browser, leia)


@pytest.mark.parametrize("vouched", [False, True])
def test_helper_sets_one_up_unless_the_organisation_vouches_for_its_cas_server(
    leia: Organisation, ange: Account, *, vouched: bool
) -> None:
    """SIG-08, SIG-15: otherwise the CAS server would be the way round."""
    Account.objects.update(role=Account.Role.ADMINISTRATOR)
    leia.cas_second_factor = vouched
    leia.save()
    browser, where = by_cas()
    assert where == ("/leia/settings/" if vouched else f"{SECOND}set-up/")
    assert is_signed_in(browser, leia) is vouched


def test_cas_server_alone_does_not_confirm_who_has_a_factor(
    leia: Organisation, ange: Account, travel: StoppedClock
) -> None:
    """PRO-01: the person shows everything again, the code too."""
    app = give_app(ange)
    browser, _ = by_cas()
    browser.post(STEP, {"code": code_of(app, travel)})
    travel(minutes=1)
    remove = {"factor": f"app-{app.pk}", "sure": "yes"}
    confirm = browser.post(f"{SECOND}remove/", remove).headers["Location"]
    assert confirm.startswith("/leia/sign-in/cas/confirm/")
    assert browser.get(CONFIRM).headers["Location"].startswith("/leia/sign-in/cas/confirm/")
    browser.get(confirm)
    where = come_back(browser, new_ticket()).headers["Location"]
    assert where.startswith(CONFIRM)
    assert browser.post(f"{SECOND}remove/", remove).headers["Location"] == confirm
    answer = browser.post(where, {"code": code_of(app, travel)})
    assert answer.headers["Location"] == SECOND
    assert browser.post(f"{SECOND}remove/", remove).headers["Location"] == SECOND
    ange.refresh_from_db()
    assert ange.protected_since is None
