"""How a session that CAS opened ends, and how it is renewed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from tests.factories import is_signed_in, make_account, make_organisation, new_browser, signed_in
from tests.markup import attributes, heading, main_text
from tests.signin.cas.answers import logout_request, success
from tests.signin.cas.lying_server import LyingServer, answered
from tests.signin.cas.round_trip import HERE, come_back, leave, new_ticket, through_cas
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation

DETAILS = "/leia/settings/details/"


@pytest.fixture
def ange(leia: Organisation, liar: LyingServer) -> Account:
    liar.says = answered(success("ange", {"record": ("2A-417",)}))
    return make_account(leia, "ange.cas", directory_id="2A-417", local_sign_in=False, password="")


def through_cas_with(ticket: str) -> Client:
    browser = new_browser()
    leave(browser)
    come_back(browser, ticket)
    return browser


def server_ends(ticket: str, where: str = HERE) -> int:
    """Post what a CAS server posts: no cookie, no header of a browser."""
    return new_browser().post(where, {"logoutRequest": logout_request(ticket)}).status_code


def test_logout_request_ends_that_session_alone_however_often_it_comes(
    leia: Organisation, ange: Account
):
    """SES-13."""
    ticket = new_ticket()
    browser, other = through_cas_with(ticket), through_cas_with(new_ticket())
    assert [server_ends(ticket), server_ends(ticket)] == [200, 200]
    assert [is_signed_in(browser, leia), is_signed_in(other, leia)] == [False, True]
    event = Event.objects.get(tag="session_expired")
    assert event.subject == ange.public_id


def test_logout_request_is_not_taken_for_one_of_another_site(leia: Organisation, ange: Account):
    ticket = new_ticket()
    browser = through_cas_with(ticket)
    server = new_browser(origin="https://cas.example.org")
    assert server.post(HERE, {"logoutRequest": logout_request(ticket)}).status_code == 200
    assert not is_signed_in(browser, leia)


def test_logout_request_for_another_organisation_ends_nothing(leia: Organisation, ange: Account):
    make_organisation("autre", "Autre", cas_url=leia.cas_url)
    ticket = new_ticket()
    browser = through_cas_with(ticket)
    assert server_ends(ticket, "/autre/sign-in/cas/") == 200
    assert is_signed_in(browser, leia)


def test_logout_request_of_a_stranger_ends_nothing(leia: Organisation, ange: Account):
    browser = through_cas_with(new_ticket())
    local = signed_in(make_account(leia, "somebody"))
    assert server_ends("ST-unknown") == 200
    for text in ("", "<x/>", "<!DOCTYPE x><x/>", logout_request()):
        assert new_browser().post(HERE, {"logoutRequest": text}).status_code == 400
    assert [is_signed_in(browser, leia), is_signed_in(local, leia)] == [True, True]


def test_logout_request_ends_a_choice_that_waits(
    leia: Organisation, ange: Account, liar: LyingServer
):
    liar.says = answered(success("ange", {"record": ("2A-417", "2A-418")}))
    make_account(leia, "ange.parent", directory_id="2A-418")
    ticket = new_ticket()
    browser = through_cas_with(ticket)
    server_ends(ticket)
    late = browser.post(f"{HERE}choose/", {"account": ange.public_id})
    assert late.headers["Location"] == "/leia/sign-in/"


def test_signing_out_says_from_where(leia: Organisation, ange: Account):
    browser = new_browser()
    through_cas(browser)
    out = browser.post("/leia/sign-out/")
    assert out.headers["Location"] == "/leia/signed-out/"
    page = browser.get("/leia/signed-out/")
    assert heading(page) == "You are signed out"
    assert "You are still signed in to Guichet." in main_text(page)
    (there,) = attributes(page, "main a.button", "href")
    back = "http%3A%2F%2F127.0.0.1%3A8000%2Fleia%2Fsign-in%2Fcas%2Fleft%2F"
    assert there == f"{leia.cas_url}/logout?service={back}"
    assert browser.get("/leia/sign-in/cas/left/").headers["Location"] == "/leia/sign-in/"
    assert not is_signed_in(browser, leia)


def test_signing_out_of_a_local_session_speaks_of_nothing_else(leia: Organisation):
    browser = signed_in(make_account(leia, "somebody"))
    assert browser.post("/leia/sign-out/").headers["Location"] == "/leia/sign-in/"


def silent(leia: Organisation) -> None:
    leia.cas_silent = True
    leia.save()
    lookup.forget()


def test_nobody_is_signed_in_without_a_press_unless_the_organisation_wishes(
    leia: Organisation, ange: Account
):
    """SES-14."""
    assert new_browser().get("/leia/sign-in/").status_code == 200


def test_silent_sign_in_asks_once_and_shows_the_form_afterwards(
    leia: Organisation, ange: Account, liar: LyingServer
):
    silent(leia)
    browser = new_browser()
    away = browser.get("/leia/sign-in/?next=/leia/settings/")
    assert away.headers["Location"].startswith(f"{liar.url}/login?service=")
    assert away.headers["Location"].endswith("&gateway=true")
    back = browser.get(HERE)
    assert back.headers["Location"] == "/leia/sign-in/?next=%2Fleia%2Fsettings%2F"
    assert browser.get(back.headers["Location"]).status_code == 200
    assert "gateway" not in leave(browser)
    # What one visitor is shown is not kept for the next.
    assert new_browser().get("/leia/sign-in/").status_code == 303


def test_silent_sign_in_that_the_server_never_answers_leaves_the_button_working(
    leia: Organisation, ange: Account
):
    silent(leia)
    browser = new_browser()
    browser.get("/leia/sign-in/")
    assert browser.get("/leia/sign-in/").status_code == 200
    assert "gateway" not in leave(browser)


def test_silent_sign_in_leaves_whoever_signs_out_alone(leia: Organisation, ange: Account):
    silent(leia)
    browser = new_browser()
    browser.get("/leia/sign-in/")
    come_back(browser)
    assert is_signed_in(browser, leia)
    browser.cookies.pop("cas-tried")
    browser.post("/leia/sign-out/")
    assert browser.get("/leia/sign-in/").status_code == 200


def test_silent_sign_in_of_somebody_unknown_shows_the_form(
    leia: Organisation, ange: Account, liar: LyingServer
):
    silent(leia)
    liar.says = answered(success("stranger"))
    browser = new_browser()
    browser.get("/leia/sign-in/")
    assert come_back(browser).headers["Location"] == "/leia/sign-in/"


def test_confirming_asks_again_and_vouches_for_ten_minutes(
    leia: Organisation, ange: Account, liar: LyingServer, travel
):
    """PRO-01, SES-02."""
    browser = new_browser()
    through_cas(browser)
    former = browser.cookies["session"].value
    (confirm,) = attributes(browser.get(DETAILS), "fieldset a.button", "href")
    away = browser.get(confirm)
    assert away.headers["Location"].endswith("&renew=true")
    ticket = new_ticket()
    assert come_back(browser, ticket).headers["Location"] == DETAILS
    assert "renew=true" in liar.requests[-1].split()[1]
    assert browser.cookies["session"].value != former
    browser.post(DETAILS, {"email": "ange@example.org"})
    assert [one.address for one in ange.addresses.all()] == ["ange@example.org"]
    travel(minutes=11)
    browser.post("/leia/settings/addresses/add/", {"another_email": "b@example.org"})
    assert ange.addresses.count() == 1
    assert attributes(browser.get(DETAILS), "fieldset a.button", "href") == [confirm]
    # The CAS server's session is another one now: it ends this one by its new ticket.
    server_ends(ticket)
    assert not is_signed_in(browser, leia)


def test_confirming_as_somebody_else_vouches_for_nobody(
    leia: Organisation, ange: Account, liar: LyingServer
):
    browser = new_browser()
    through_cas(browser)
    make_account(leia, "other", directory_id="2A-500")
    liar.says = answered(success("other", {"record": ("2A-500",)}))
    browser.get("/leia/sign-in/cas/confirm/")
    assert heading(come_back(browser)) == "This is not your account"
    browser.post(DETAILS, {"email": "ange@example.org"})
    assert ange.addresses.count() == 0
    assert Session.objects.get().account == ange


def test_confirming_with_a_session_that_only_lives_on_is_refused(
    leia: Organisation, ange: Account, liar: LyingServer
):
    browser = new_browser()
    through_cas(browser)
    liar.says = answered(success("ange", {"record": ("2A-417",), "isFromNewLogin": ("False",)}))
    browser.get("/leia/sign-in/cas/confirm/")
    assert heading(come_back(browser)) == "This sign-in is over"
    browser.post(DETAILS, {"email": "ange@example.org"})
    assert ange.addresses.count() == 0


def test_confirming_is_for_those_without_a_password_here(leia: Organisation):
    browser = signed_in(make_account(leia, "somebody"))
    assert browser.get("/leia/sign-in/cas/confirm/").status_code == 404
    assert new_browser().get("/leia/sign-in/cas/confirm/").status_code == 302


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_one_ticket_used_by_many_at_once_opens_one_session(leia: Organisation, ange: Account):
    ticket = new_ticket()
    browsers = [new_browser() for _ in range(6)]
    for browser in browsers:
        leave(browser)

    def arrive(browser: Client) -> int:
        try:
            return int(come_back(browser, ticket).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as together:
        statuses = sorted(together.map(arrive, browsers))
    assert statuses == [303, 403, 403, 403, 403, 403]
    assert Session.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_notice_and_ticket_at_the_same_moment_leave_no_session(leia: Organisation, ange: Account):
    """SES-13."""
    for _ in range(5):
        ticket, browser = new_ticket(), new_browser()
        leave(browser)

        def arrive(browser: Client = browser, ticket: str = ticket) -> None:
            come_back(browser, ticket)
            connections.close_all()

        def end(ticket: str = ticket) -> None:
            server_ends(ticket)
            connections.close_all()

        with ThreadPoolExecutor(2) as together:
            for done in [together.submit(arrive), together.submit(end)]:
                done.result()
        assert Session.objects.count() == 0
