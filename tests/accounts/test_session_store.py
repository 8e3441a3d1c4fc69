"""Sessions: who holds one, for how long, and who does not."""

import pytest
from django.utils.http import urlsafe_base64_decode

from tests.conftest import StoppedClock
from tests.factories import (
    PASSWORD,
    is_signed_in,
    make_account,
    new_browser,
    sign_in,
    signed_in,
)
from trousseau import tokens
from trousseau.accounts.models import Account, Session
from trousseau.accounts.session_store import SessionStore
from trousseau.organisations.models import Organisation


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def key_of(browser) -> str:
    return str(browser.cookies["session"].value)


def test_session_key_is_random_and_kept_as_a_digest(ada: Account) -> None:
    """SES-01, STO-07: 256 bits; whoever reads the table cannot become anybody."""
    keys = [key_of(signed_in(ada)) for _ in range(3)]
    assert len(set(keys)) == 3
    assert all(len(urlsafe_base64_decode(key)) == 32 for key in keys)
    rows = list(Session.objects.values())
    assert {row["digest"] for row in rows} == {tokens.digest(key) for key in keys}
    assert [key for key in keys if key in str(rows)] == []
    assert not any(PASSWORD in str(row) or ada.password in str(row) for row in rows)


@pytest.mark.parametrize("key", ["x" * 43, "", "x", "é" * 43, "\x00" * 43, "' OR 1=1 --"])
def test_session_key_made_up_is_never_adopted(ada: Account, key: str) -> None:
    """SES-03, SES-02: what an attacker has put there opens nothing, before or after."""
    victim = new_browser()
    victim.cookies["session"] = key
    assert not is_signed_in(victim, ada.organisation)
    victim.cookies["session"] = key
    sign_in(victim, ada)
    assert is_signed_in(victim, ada.organisation)
    assert key_of(victim) != key
    attacker = new_browser()
    attacker.cookies["session"] = key
    assert not is_signed_in(attacker, ada.organisation)


def test_session_store_unknown_key_is_forgotten(db: None) -> None:
    """SES-03."""
    store = SessionStore("x" * 43)
    assert dict(store.items()) == {}
    assert store.session_key is None
    store["a"] = "b"
    store.save()
    assert store.session_key != "x" * 43


def test_sign_in_again_gives_another_key_and_ends_the_former(ada: Account) -> None:
    """SES-02."""
    browser = signed_in(ada)
    former = key_of(browser)
    sign_in(browser, ada)
    assert key_of(browser) != former
    replay = new_browser()
    replay.cookies["session"] = former
    assert not is_signed_in(replay, ada.organisation)


def test_cookie_replayed_after_sign_out_is_refused(ada: Account) -> None:
    """SES-05."""
    browser = signed_in(ada)
    stolen = key_of(browser)
    answer = browser.post("/leia/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.cookies["session"]["max-age"] == 0
    replay = new_browser()
    replay.cookies["session"] = stolen
    assert not is_signed_in(replay, ada.organisation)
    assert not Session.objects.exists()


def test_session_ends_after_two_idle_hours(ada: Account, travel: StoppedClock) -> None:
    """SES-04."""
    browser = signed_in(ada)
    travel(hours=2, seconds=-1)
    assert is_signed_in(browser, ada.organisation)
    travel(hours=2, seconds=-1)
    assert is_signed_in(browser, ada.organisation)
    travel(hours=2)
    assert not is_signed_in(browser, ada.organisation)


def test_session_ends_after_twelve_hours_whatever_happens(
    ada: Account, travel: StoppedClock
) -> None:
    """SES-04."""
    browser = signed_in(ada)
    for _ in range(11):
        travel(hours=1)
        assert is_signed_in(browser, ada.organisation)
    travel(minutes=59)
    assert is_signed_in(browser, ada.organisation)
    travel(minutes=1)
    assert not is_signed_in(browser, ada.organisation)


@pytest.mark.parametrize("state", [Account.State.SUSPENDED, Account.State.INACTIVE])
def test_session_of_a_suspended_account_ends_at_once(ada: Account, state: Account.State) -> None:
    """SES-06, ACT-04."""
    browser = signed_in(ada)
    ada.state = state
    ada.save()
    assert not is_signed_in(browser, ada.organisation)


def test_session_of_a_deleted_account_ends_at_once(ada: Account) -> None:
    """SES-06."""
    browser, organisation = signed_in(ada), ada.organisation
    ada.delete()
    assert not is_signed_in(browser, organisation)
    assert not Session.objects.exists()


def test_session_of_an_inactive_organisation_opens_nothing(ada: Account) -> None:
    """SES-06."""
    browser = signed_in(ada)
    ada.organisation.active = False
    ada.organisation.save()
    assert browser.get("/leia/settings/").status_code == 404


def test_session_key_counts_in_the_cookie_alone(ada: Account) -> None:
    """SES-08."""
    key = key_of(signed_in(ada))
    stranger = new_browser()
    query = {"session": key, "sessionid": key}
    assert stranger.get("/leia/settings/", query).status_code == 302
    assert stranger.post("/leia/settings/sessions/", query).status_code == 302


def test_clear_expired_leaves_the_live_ones(ada: Account, travel: StoppedClock) -> None:
    """SEC-02."""
    signed_in(ada)
    travel(hours=2)
    live = signed_in(ada)
    SessionStore.clear_expired()
    assert [session.digest for session in Session.objects.all()] == [tokens.digest(key_of(live))]
