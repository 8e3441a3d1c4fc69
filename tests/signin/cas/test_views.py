"""The round trip through a CAS server, true or false, as the person's browser sees it."""

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import (
    HOST,
    is_signed_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
)
from tests.markup import attributes, heading, main_text, texts
from tests.signin.cas.answers import failure, logout_request, response, success
from tests.signin.cas.lying_server import LyingServer, answered
from tests.signin.cas.round_trip import HERE, come_back, leave, new_ticket, through_cas
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation, OrganisationHost
from trousseau.signin.cas import transport, validation
from trousseau.throttling.keys import network_of

State = Account.State


@pytest.fixture
def ange(leia: Organisation, liar: LyingServer) -> Account:
    liar.says = answered(success("ange", {"record": ("2A-417",)}))
    return make_account(leia, "ange.cas", directory_id="2A-417", local_sign_in=False, password="")


def signed_in_by_cas() -> Client:
    browser = new_browser()
    through_cas(browser)
    return browser


def reasons() -> list[str]:
    return [event.facts["why"] for event in Event.objects.filter(tag="authn_login_fail")]


def test_leaving_names_the_service_from_the_configuration(leia: Organisation, settings: Settings):
    settings.BASE_URL = "https://ent.example.org"
    asked = leave(new_browser(), "?next=/leia/settings/&service=https://evil.example/")
    assert asked == {"service": ["https://ent.example.org/leia/sign-in/cas/"]}
    OrganisationHost.objects.create(organisation=leia, name="leia.example.org")
    assert leave(new_browser()) == {"service": ["https://leia.example.org/leia/sign-in/cas/"]}


def test_ticket_signs_in_and_is_gone_from_the_address(
    leia: Organisation, ange: Account, liar: LyingServer
):
    browser = new_browser()
    ticket = new_ticket()
    leave(browser, "?next=/leia/settings/details/")
    answer = come_back(browser, ticket)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/leia/settings/details/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.cookies["cas"].value == ""
    assert is_signed_in(browser, leia)
    asked = urlsplit(liar.requests[0].split()[1])
    assert asked.path == "/cas/p3/serviceValidate"
    assert parse_qs(asked.query)["ticket"] == [ticket]


def test_session_held_before_is_not_kept(leia: Organisation, ange: Account):
    """SES-02."""
    browser = signed_in_by_cas()
    former = browser.cookies["session"].value
    through_cas(browser)
    assert browser.cookies["session"].value != former
    assert [session.account for session in Session.objects.all()] == [ange]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil", "evil"])
def test_way_on_is_one_of_our_pages(ange: Account, target: str):
    """SIG-13."""
    assert through_cas(query=f"?next={target}").headers["Location"] == "/leia/"


def test_ticket_without_a_departure_is_left_alone(ange: Account, liar: LyingServer):
    """SES-14: nobody is signed in to an account by following somebody else's link."""
    browser = new_browser()
    bounced = come_back(browser, "ST-of-somebody-else")
    assert (bounced.status_code, bounced.headers["Location"]) == (303, f"{HERE}?again=1")
    onwards = browser.get(bounced.headers["Location"])
    assert onwards.headers["Location"].startswith(f"{liar.url}/login?service=")
    assert liar.requests == []
    assert come_back(browser).headers["Location"] == "/leia/"


def test_browser_without_cookies_is_told_so_and_does_not_loop(ange: Account):
    page = new_browser().get(f"{HERE}?again=1")
    assert (page.status_code, heading(page)) == (400, "Your browser refuses cookies")


def test_departure_of_one_organisation_is_none_in_another(leia: Organisation, ange: Account):
    make_organisation("autre", "Autre", cas_url=leia.cas_url, cas_directory_id="record")
    browser = new_browser()
    leave(browser)
    browser.cookies["cas"]["path"] = "/"
    bounced = browser.get("/autre/sign-in/cas/", {"ticket": new_ticket()})
    assert bounced.headers["Location"] == "/autre/sign-in/cas/?again=1"


def test_looking_at_a_return_address_uses_nothing_up(ange: Account, liar: LyingServer):
    browser = new_browser()
    leave(browser)
    assert browser.head(HERE, {"ticket": new_ticket()}).status_code == 405
    assert liar.requests == []


def test_organisation_without_cas_server_has_no_such_pages(leia: Organisation):
    Organisation.objects.update(cas_url="")
    lookup.forget()
    browser = new_browser()
    paths = [HERE, f"{HERE}?ticket=ST-1-a", "/leia/signed-out/"]
    assert [browser.get(path).status_code for path in paths] == [404, 404, 404]
    assert browser.post(HERE, {"logoutRequest": logout_request("ST-1-a")}).status_code == 404


WRONG_ANSWERS = {
    "HTML": answered("<!doctype html><title>Sign in</title>"),
    "redirect": answered("", "302 Found", "Location: http://127.0.0.1:1/\r\n"),
    "server error": answered("", "500 Oops"),
    "too large": answered(success(more=" " * 300_000)),
    "two users": answered(
        response(
            "<cas:authenticationSuccess><cas:user>ange</cas:user><cas:user>x</cas:user>"
            "</cas:authenticationSuccess>"
        )
    ),
    "control characters": answered(success("ange\u0085admin")),
    "internal error": answered(failure("INTERNAL_ERROR")),
}


@pytest.mark.parametrize("says", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_wrong_answer_signs_nobody_in_and_local_sign_in_goes_on(
    leia: Organisation, ange: Account, liar: LyingServer, says: Iterable[bytes]
):
    liar.says = says
    browser = new_browser()
    page = through_cas(browser, "?next=/leia/help/")
    assert (page.status_code, heading(page)) == (502, "Something is wrong at Guichet")
    assert attributes(page, "main a.button", "href") == [f"{HERE}?next=%2Fleia%2Fhelp%2F"]
    assert texts(page, "p.reference b") == [Event.objects.get(tag="authn_login_fail").reference]
    assert "no-store" in page.headers["Cache-Control"]
    assert reasons() == ["rubbish"]
    assert sign_in(browser, make_account(leia, "somebody")).status_code == 303


def test_server_that_is_down_is_told_of(leia: Organisation, ange: Account, liar: LyingServer):
    liar.says = []
    page = through_cas()
    assert (page.status_code, heading(page)) == (502, "Guichet does not answer")
    assert reasons() == ["unreachable"]


def test_slow_server_leaves_threads_to_everybody_else(
    leia: Organisation, ange: Account, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(validation, "rooms", transport.Rooms(each=0, together=0))
    page = through_cas()
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    assert heading(page) == "Many people are signing in right now"


def test_visitor_who_waits_already_leaves_places_to_others(
    leia: Organisation, ange: Account, monkeypatch: pytest.MonkeyPatch, settings: Settings
):
    """VAL-04: a visitor is a network, as everywhere where things are counted."""
    rooms = transport.Rooms(each=2, together=4)
    monkeypatch.setattr(validation, "rooms", rooms)
    neighbours = [Client(REMOTE_ADDR=f"2001:db8:0:{net}::5") for net in (1, 2)]
    for browser in neighbours:
        browser.defaults["HTTP_HOST"] = HOST
        leave(browser)
    with rooms.entered("elsewhere", "2001:db8:0:1::/64"):
        assert [come_back(browser).status_code for browser in neighbours] == [503, 303]
        settings.KNOWN_NETWORKS = [network_of("2001:db8:0:1::")]
        assert through_cas(neighbours[0]).status_code == 303, "a school's own network"


@pytest.mark.parametrize(
    ("code", "status", "title"),
    [
        ("INVALID_TICKET", 403, "This sign-in is over"),
        ("INVALID_TICKET_SPEC", 403, "This sign-in is over"),
        ("INVALID_SERVICE", 502, "Guichet does not know this site"),
        ("UNAUTHORIZED_SERVICE", 502, "Guichet does not know this site"),
    ],
)
def test_refusal_says_whose_turn_it_is(
    ange: Account, liar: LyingServer, code: str, status: int, title: str
):
    liar.says = answered(failure(code))
    page = through_cas()
    assert (page.status_code, heading(page)) == (status, title)


@pytest.mark.parametrize("ticket", ["PT-1-a", "ST-1/../../x", "", "ST-" + "a" * 300])
def test_what_is_no_service_ticket_never_reaches_the_server(
    ange: Account, liar: LyingServer, ticket: str
):
    browser = new_browser()
    leave(browser)
    assert browser.get(HERE, {"ticket": ticket}).status_code == 403
    assert liar.requests == []


def test_ticket_that_a_careless_server_takes_twice_opens_one_session(
    leia: Organisation, ange: Account
):
    ticket = new_ticket()
    first, second = new_browser(), new_browser()
    leave(first)
    leave(second)
    assert come_back(first, ticket).status_code == 303
    page = come_back(second, ticket)
    assert (page.status_code, heading(page)) == (403, "This sign-in is over")
    assert texts(page, "p.reference b") == [Event.objects.get(tag="authn_login_fail").reference]
    assert not is_signed_in(second, leia)
    assert reasons() == ["refused"]


def test_refused_ticket_ends_the_journey(leia: Organisation, ange: Account, liar: LyingServer):
    """VAL-04: made-up tickets are not tried one after the other on one departure."""
    liar.says = answered(failure())
    browser = new_browser()
    assert through_cas(browser).status_code == 403
    assert come_back(browser).headers["Location"] == f"{HERE}?again=1"
    assert len(liar.requests) == 1


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (State.SUSPENDED, "Your account is suspended"),
        (State.INACTIVE, "Your account is not activated yet"),
    ],
)
def test_account_that_is_not_open_is_told_of(
    leia: Organisation, ange: Account, state: str, title: str
):
    Account.objects.update(state=state)
    browser = new_browser()
    page = through_cas(browser)
    assert (page.status_code, heading(page)) == (403, title)
    sign_out = attributes(page, "main a.button", "href")[0]
    assert sign_out.startswith(f"{leia.cas_url}/logout?service=")
    assert not is_signed_in(browser, leia)


def test_choice_shows_only_accounts_that_open_and_takes_no_other(
    leia: Organisation, ange: Account, liar: LyingServer
):
    liar.says = answered(success("ange", {"record": ("2A-417", "2A-418", "2A-419")}))
    parent = make_account(leia, "ange.parent", directory_id="2A-418")
    make_account(leia, "ange.gone", directory_id="2A-419", state=State.SUSPENDED)
    stranger = make_account(leia, "stranger")
    browser = new_browser()
    answer = through_cas(browser, "?next=/leia/settings/")
    page = browser.get(answer.headers["Location"])
    assert (heading(page), len(texts(page, "main .rows li"))) == ("Which account?", 2)
    choose = f"{HERE}choose/"
    assert browser.post(choose, {"account": stranger.public_id}).status_code == 200
    assert not is_signed_in(browser, leia)
    inside = browser.post(choose, {"account": parent.public_id})
    assert inside.headers["Location"] == "/leia/settings/"
    assert Session.objects.get().account == parent
    assert browser.post(choose, {"account": ange.public_id}).headers["Location"] == "/leia/sign-in/"


def test_choice_waits_ten_minutes(leia: Organisation, ange: Account, liar: LyingServer, travel):
    liar.says = answered(success("ange", {"record": ("2A-417", "2A-418")}))
    make_account(leia, "ange.parent", directory_id="2A-418")
    browser = new_browser()
    through_cas(browser)
    travel(minutes=11)
    late = browser.post(f"{HERE}choose/", {"account": ange.public_id})
    assert late.headers["Location"] == "/leia/sign-in/"
    assert not is_signed_in(browser, leia)


def test_page_of_the_form_leads_to_cas_with_the_way_on(leia: Organisation):
    browser = Client(headers={"host": "127.0.0.1:8000", "accept-language": "fr"})
    page = browser.get("/leia/sign-in/?next=/leia/settings/")
    hrefs = attributes(page, "main a.button", "href")
    assert hrefs == ["/leia/sign-in/cas/?next=%2Fleia%2Fsettings%2F"]
    assert "Connexion avec SSO CAS" in main_text(page)
