"""The secret of a mailed link, between the mail and its form."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import ANOTHER_PASSWORD, make_account, new_browser
from tests.markup import heading
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials
from trousseau.organisations.models import Organisation
from trousseau.ui.link_secrets import MOST_COOKIES

NEW_PASSWORD = dict.fromkeys(("new_password", "new_password_again"), ANOTHER_PASSWORD)


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def issue(account: Account) -> str:
    """Issue a link as mails have it, and return its path."""
    issued = credentials.issue(Credential.Kind.RECOVERY, account, timedelta(hours=24))
    return f"/leia/pwd/{issued.secret}/"


def follow(browser: Client, link: str) -> str:
    """Follow a link, and return where its form is."""
    return str(browser.get(link).headers["Location"])


def test_cookie_ends_with_the_browser_and_is_bound_to_its_page(ada: Account) -> None:
    """REC-11, SES-10."""
    browser = new_browser()
    link = issue(ada)
    label = follow(browser, link).partition("?link=")[2]
    (cookie,) = browser.cookies.values()
    assert (cookie.key, cookie["path"]) == (f"link-{label}", "/leia/pwd/")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_form_opens_for_an_hour_after_the_link_was_followed(
    ada: Account, travel: StoppedClock
) -> None:
    """REC-11, SES-10: a shared computer's history is no way in; the mail is, again."""
    browser = new_browser()
    link = issue(ada)
    form = follow(browser, link)
    travel(minutes=59)
    assert browser.get(form).status_code == 200
    travel(minutes=1)
    for answer in (browser.get(form), browser.post(form, NEW_PASSWORD)):
        assert (answer.status_code, heading(answer)) == (404, "This link does not work")
    assert follow(browser, link) == form
    assert browser.post(form, NEW_PASSWORD).status_code == 303


def test_form_afterwards_says_that_the_link_is_used(ada: Account) -> None:
    """REC-07."""
    browser = new_browser()
    form = follow(browser, issue(ada))
    assert browser.post(form, NEW_PASSWORD).status_code == 303
    answer = browser.get(form)
    assert (answer.status_code, heading(answer)) == (410, "This link has been used already")


@pytest.mark.parametrize(
    "made_up", ["", "{secret}", "9999999999:{secret}", "{cookie}x", "x{cookie}"]
)
def test_cookie_not_written_by_us_opens_nothing(ada: Account, made_up: str) -> None:
    """VAL-01: nobody makes a cookie last by writing another hour into it."""
    browser = new_browser()
    link = issue(ada)
    form = follow(browser, link)
    (name, cookie) = next(iter(browser.cookies.items()))
    browser.cookies[name] = made_up.format(secret=link.split("/")[-2], cookie=cookie.value)
    assert browser.get(form).status_code == 404


def test_cookie_of_one_link_is_none_for_another(ada: Account) -> None:
    """REC-22."""
    leo = make_account(ada.organisation, "leo")
    browser = new_browser()
    forms = [follow(browser, issue(one)) for one in (ada, leo)]
    mine, other = (f"link-{form.partition('?link=')[2]}" for form in forms)
    browser.cookies[mine] = browser.cookies[other].value
    assert [browser.get(form).status_code for form in forms] == [404, 200]


def test_link_followed_again_among_many_keeps_its_cookie(ada: Account) -> None:
    browser = new_browser()
    first = issue(ada)
    accounts = [make_account(ada.organisation, f"child{n}") for n in range(MOST_COOKIES)]
    forms = [follow(browser, link) for link in [first, *map(issue, accounts)]]
    assert len([one for one in browser.cookies.values() if one.value]) == MOST_COOKIES
    for link in (first, first):
        assert browser.get(follow(browser, link)).status_code == 200
    assert [browser.get(form).status_code for form in forms].count(200) == MOST_COOKIES
