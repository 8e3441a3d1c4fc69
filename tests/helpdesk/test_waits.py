"""Helpers see why somebody has to wait, and end the wait (SIG-03, SIG-04)."""

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import (
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import main_text
from tests.second_factors import give_app, through
from trousseau.accounts.models import Account
from trousseau.accounts.services import attempts
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.throttling.models import Streak

PAGE = "/leia/helpdesk/waits/"
Role = Account.Role


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


@pytest.fixture
def helper(leia: Organisation, travel: StoppedClock) -> Client:
    """The browser of an administrator who has taken both steps."""
    account = make_account(leia, "helper", role=Role.ADMINISTRATOR)
    return through(account, give_app(account), travel)


def guess(person: Account, times: int) -> None:
    for _ in range(times):
        sign_in(new_browser(), person, "not-this-one")


def look(browser: Client, name: str, **fields: str) -> str:
    return main_text(browser.post(PAGE, {"username": name, **fields}, follow=True))


def test_helper_sees_the_wait_and_ends_it(ada: Account, helper: Client) -> None:
    guess(ada, attempts.FREE + 1)
    assert sign_in(new_browser(), ada).status_code == 429
    told = look(helper, " ADA ")
    assert "There were 6 wrong passwords in a row." in told
    assert "The next try is possible after" in told
    assert "need not wait" in look(helper, "ada", clear="yes")
    assert sign_in(new_browser(), ada).status_code == 303
    event = Event.objects.get(tag="authn_login_fail_cleared")
    assert (event.subject, event.role) == (ada.public_id, Role.ADMINISTRATOR)


def test_looking_changes_nothing(ada: Account, helper: Client) -> None:
    guess(ada, 2)
    assert "The next try is possible at once." in look(helper, "ada")
    assert attempts.state_of(ada).failures == 2


def test_account_without_failures_need_not_wait(ada: Account, helper: Client) -> None:
    assert "No wrong password is remembered" in look(helper, ada.username)


def test_closed_account_is_told_of(ada: Account, helper: Client) -> None:
    guess(ada, 1)
    Streak.objects.update(failures=attempts.MOST_FAILURES)
    assert "Only a new password" in look(helper, "ada")


@pytest.mark.parametrize("name", ["nobody", "helper", "next-door"])
def test_whom_one_does_not_help_is_unknown(ada: Account, helper: Client, name: str) -> None:
    """TEN-01: nor oneself, nor somebody of another organisation."""
    make_account(make_organisation("bastia"), "next-door")
    assert "There is nobody of this username whom you may help." in look(helper, name)
    assert "nobody of this username" in look(helper, name, clear="yes")


def test_page_is_closed_to_others(ada: Account, leia: Organisation) -> None:
    assert signed_in(ada).get(PAGE).status_code == 403
    assert "/sign-in/" in new_browser().get(PAGE).headers["Location"]
    referent = make_account(leia, "referent", role=Role.ADMINISTRATOR)
    page = sign_in(new_browser(), referent)
    assert page.headers["Location"].endswith("/set-up/")
