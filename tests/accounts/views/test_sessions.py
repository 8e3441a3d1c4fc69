"""The page that lists one's devices."""

import pytest

from tests.conftest import StoppedClock
from tests.factories import (
    is_signed_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import attributes, texts
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

PAGE = "/leia/settings/sessions/"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def browser_with(agent: str, account: Account):
    browser = new_browser(**{"user-agent": agent})
    sign_in(browser, account)
    return browser


def handles(browser) -> list[str]:
    return attributes(browser.get(PAGE), "button[name=session]", "value")


def test_sessions_visitor_signs_in_first(leia: Organisation) -> None:
    answer = new_browser().get(PAGE)
    assert answer.status_code == 302
    assert (
        answer.headers["Location"] == f"/{leia.slug}/sign-in/?next=%2Fleia%2Fsettings%2Fsessions%2F"
    )
    assert new_browser().post(PAGE).headers["Location"] == "/leia/sign-in/"


def test_sessions_lists_the_devices_of_the_account_alone(ada: Account) -> None:
    """PRO-04."""
    here = browser_with(FIREFOX, ada)
    browser_with(SAFARI, ada)
    browser_with("curl/8", make_account(ada.organisation, "leo"))
    page = here.get(PAGE)
    assert sorted(texts(page, "#sessions b")) == ["Firefox, Android", "Safari, iPhone"]
    assert texts(page, "#sessions .state") == ["This device"]
    assert len(handles(here)) == 1


def test_sessions_handle_is_not_the_key(ada: Account) -> None:
    """SES-01, LOG-02."""
    here, there = signed_in(ada), signed_in(ada)
    (handle,) = handles(here)
    assert handle not in str(there.cookies["session"].value)
    replay = new_browser()
    replay.cookies["session"] = handle
    assert not is_signed_in(replay, ada.organisation)


def test_sessions_one_device_is_signed_out(ada: Account) -> None:
    """PRO-04."""
    here, phone, tablet = (signed_in(ada) for _ in range(3))
    (handle,) = set(handles(here)) - set(handles(phone))  # the phone's own has no button there
    assert here.post(PAGE, {"session": handle}).status_code == 303
    alive = [is_signed_in(browser, ada.organisation) for browser in (here, phone, tablet)]
    assert alive == [True, False, True]
    assert Event.objects.get(tag="session_expired").subject == ada.public_id


def test_sessions_all_other_devices_are_signed_out(ada: Account) -> None:
    """PRO-04."""
    here, phone, tablet = (signed_in(ada) for _ in range(3))
    assert here.post(PAGE).status_code == 303
    alive = [is_signed_in(browser, ada.organisation) for browser in (here, phone, tablet)]
    assert alive == [True, False, False]


def test_sessions_own_device_is_signed_out_too(ada: Account) -> None:
    """PRO-04: the page offers no such button, but a second tab may have."""
    here, phone = signed_in(ada), signed_in(ada)
    (handle,) = handles(phone)
    assert here.post(PAGE, {"session": handle}).status_code in {302, 303}
    assert not is_signed_in(here, ada.organisation)
    assert is_signed_in(phone, ada.organisation)


@pytest.mark.parametrize("neighbour", ["leia", "bastia"])
def test_sessions_somebody_elses_device_stays(ada: Account, neighbour: str) -> None:
    """TEN-01."""
    other = ada.organisation if neighbour == "leia" else make_organisation("bastia", "Bastia")
    leo = make_account(other, "leo")
    theirs = signed_in(leo)
    digest = Session.objects.get(account=leo).digest
    signed_in(ada).post(PAGE, {"session": digest[:16]})
    assert is_signed_in(theirs, other)


@pytest.mark.parametrize("handle", ["\x00" * 16, "%" * 16, "_" * 16, "é" * 16, "0" * 16])
def test_sessions_made_up_handle_ends_nothing(ada: Account, handle: str) -> None:
    """VAL-01."""
    here, phone = signed_in(ada), signed_in(ada)
    assert here.post(PAGE, {"session": handle}).status_code == 303
    assert is_signed_in(here, ada.organisation)
    assert is_signed_in(phone, ada.organisation)


def test_sessions_expired_ones_are_not_listed(ada: Account, travel: StoppedClock) -> None:
    signed_in(ada)
    travel(hours=3)
    assert handles(signed_in(ada)) == []
