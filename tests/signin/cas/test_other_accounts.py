"""Whoever is signed in stays so, until they themselves say that they are somebody else."""

import pytest
from django.test import Client

from tests.factories import is_signed_in, make_account, make_organisation, new_browser, signed_in
from tests.markup import find_parse_errors, heading, main_text, texts
from tests.signin.cas.answers import failure, logout_request, success
from tests.signin.cas.lying_server import LyingServer, answered
from tests.signin.cas.round_trip import HERE, come_back, leave, new_ticket, through_cas
from trousseau.accounts.models import Account, Session
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import endings

CHOOSE = f"{HERE}choose/"


@pytest.fixture
def ange(leia: Organisation, liar: LyingServer) -> Account:
    liar.says = answered(success("ange", {"record": ("2A-417",)}))
    return make_account(leia, "ange.cas", name=("Ange", "Casanova"), directory_id="2A-417")


@pytest.fixture
def lou(leia: Organisation) -> Account:
    return make_account(leia, "lou", name=("Lou", "Biancardini"))


def owners() -> list[Account | None]:
    return [session.account for session in Session.objects.all()]


def test_ticket_of_somebody_else_leaves_whoever_is_signed_in(
    leia: Organisation, ange: Account, lou: Account
):
    """SES-14: a departure that another site began, with a ticket of its own, changes nothing."""
    browser = signed_in(lou)
    asked = through_cas(browser)
    assert asked.headers["Location"] == CHOOSE
    page = browser.get(CHOOSE)
    assert find_parse_errors(page.content.decode()) == []
    assert heading(page) == "Continue as Ange Casanova?"
    assert "The account of Lou Biancardini is open in this browser." in main_text(page)
    assert owners() == [lou]


def test_person_who_says_so_goes_on_as_somebody_else(
    leia: Organisation, ange: Account, lou: Account
):
    browser = signed_in(lou)
    through_cas(browser, "?next=/leia/settings/")
    former = browser.cookies["session"].value
    inside = browser.post(CHOOSE, {"account": ange.public_id})
    assert inside.headers["Location"] == "/leia/settings/"
    assert browser.cookies["session"].value != former
    assert owners() == [ange]


def test_person_who_stays_is_asked_no_more(leia: Organisation, ange: Account, lou: Account):
    browser = signed_in(lou)
    through_cas(browser)
    assert browser.post(CHOOSE, {"stay": "yes"}).headers["Location"] == "/leia/"
    late = browser.post(CHOOSE, {"account": ange.public_id})
    assert late.headers["Location"] == "/leia/sign-in/"
    assert owners() == [lou]


def test_session_of_another_organisation_is_left_as_well(leia: Organisation, ange: Account):
    """TEN-01: one browser has one session for all organisations of a host."""
    theirs = make_account(make_organisation("autre", "Autre"), "theirs", name=("Tea", "Ersa"))
    browser = signed_in(theirs)
    through_cas(browser)
    assert "The account of Tea Ersa" in main_text(browser.get(CHOOSE))
    assert browser.post(CHOOSE, {"stay": "yes"}).headers["Location"] == "/autre/"
    assert owners() == [theirs]


def test_choice_between_several_accounts_leaves_whoever_is_signed_in(
    leia: Organisation, ange: Account, lou: Account, liar: LyingServer
):
    make_account(leia, "ange.parent", directory_id="2A-418")
    liar.says = answered(success("ange", {"record": ("2A-417", "2A-418")}))
    browser = signed_in(lou)
    through_cas(browser)
    page = browser.get(CHOOSE)
    assert (heading(page), len(texts(page, "main .rows li"))) == ("Which account?", 2)
    assert is_signed_in(browser, leia)


def enter_with(browser: Client, ticket: str):
    leave(browser)
    return come_back(browser, ticket)


def test_used_ticket_leaves_whoever_is_signed_in(
    leia: Organisation, ange: Account, liar: LyingServer
):
    """VAL-04: the former session goes when the new one is there, never before."""
    ticket = new_ticket()
    enter_with(new_browser(), ticket)
    browser = new_browser()
    through_cas(browser)
    page = enter_with(browser, ticket)
    assert (page.status_code, heading(page)) == (403, "This sign-in is over")
    assert is_signed_in(browser, leia)
    liar.says = answered(failure())
    assert enter_with(browser, new_ticket()).status_code == 403
    assert is_signed_in(browser, leia)


def test_ticket_that_opened_this_very_session_does_not_open_it_again(
    leia: Organisation, ange: Account
):
    browser, ticket = new_browser(), new_ticket()
    enter_with(browser, ticket)
    assert heading(enter_with(browser, ticket)) == "This sign-in is over"
    assert is_signed_in(browser, leia)


@pytest.mark.parametrize("opened", ["another session", "this session"])
def test_used_ticket_confirms_nothing_and_says_so(leia: Organisation, ange: Account, opened: str):
    """PRO-01: a clear page, and the session goes on as it was."""
    Account.objects.update(local_sign_in=False, password="")
    browser, ticket = new_browser(), new_ticket()
    enter_with(browser if opened == "this session" else new_browser(), ticket)
    if opened == "another session":
        through_cas(browser)
    browser.get(f"{HERE}confirm/?next=/leia/settings/details/")
    page = come_back(browser, ticket)
    assert (page.status_code, heading(page)) == (403, "This sign-in is over")
    assert is_signed_in(browser, leia)
    browser.post("/leia/settings/details/", {"email": "ange@example.org"})
    assert ange.addresses.count() == 0


def server_ends(ticket: str) -> None:
    answer = new_browser().post(HERE, {"logoutRequest": logout_request(ticket)})
    assert answer.status_code == 200


def test_notice_that_overtakes_its_ticket_is_remembered(leia: Organisation, ange: Account):
    """SES-13: what the CAS server has ended never begins here."""
    ticket = new_ticket()
    browser = new_browser()
    server_ends(ticket)
    server_ends(ticket)
    assert heading(enter_with(browser, ticket)) == "This sign-in is over"
    assert not is_signed_in(browser, leia)
    assert owners() == []
    assert through_cas(browser).status_code == 303


def test_notice_ends_a_choice_that_waits_in_the_session_of_somebody_else(
    leia: Organisation, ange: Account, lou: Account
):
    browser, ticket = signed_in(lou), new_ticket()
    enter_with(browser, ticket)
    server_ends(ticket)
    page = browser.post(CHOOSE, {"account": ange.public_id})
    assert heading(page) == "This sign-in is over"
    assert owners() == []


def test_notice_confirms_nothing_when_it_overtakes_its_ticket(leia: Organisation, ange: Account):
    Account.objects.update(local_sign_in=False, password="")
    browser, ticket = new_browser(), new_ticket()
    through_cas(browser)
    browser.get(f"{HERE}confirm/")
    server_ends(ticket)
    assert heading(come_back(browser, ticket)) == "This sign-in is over"
    assert owners() == []


def test_notices_are_forgotten_after_a_quarter_of_an_hour(leia: Organisation, travel):
    server_ends(new_ticket())
    assert endings.purge() == 0
    travel(minutes=16)
    assert [endings.purge(), endings.purge()] == [1, 0]
