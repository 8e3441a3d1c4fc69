"""`/cas/login`: renew, gateway, method, warn, and who is let through."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from tests.cas_server.conftest import APP, MakeService, sign_in
from tests.cas_server.protocol_client import (
    ask_ticket,
    sign_in_facts_of,
    user_of,
    validate,
    way_back,
)
from tests.conftest import StoppedClock
from tests.factories import make_account, new_browser
from tests.factories import sign_in as type_password
from tests.markup import find_parse_errors
from tests.second_factors import STEP, code_of, give_app, through
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.cas_server.models import Service, SignOn, Ticket
from trousseau.organisations.models import Organisation


def login(browser: Client, **parameters: str):
    return browser.get("/leia/cas/login", parameters)


def leads_to_sign_in(response: Any) -> bool:
    return bool(urlsplit(response.headers.get("Location", "")).path == "/leia/sign-in/")


def has_ticket(response: Any) -> bool:
    return bool(response.headers.get("Location", "").startswith(f"{APP}?ticket=ST-"))


def test_visitor_is_led_to_the_sign_in_page(service: Service) -> None:
    response = login(new_browser(), service=APP)
    assert (response.status_code, leads_to_sign_in(response)) == (303, True)


def test_person_of_next_door_is_a_visitor_here(service: Service, next_door: Organisation) -> None:
    """TEN-01: a session of another organisation opens nothing here."""
    browser = sign_in(make_account(next_door, "ange"))
    assert leads_to_sign_in(login(browser, service=APP))


def test_signed_in_person_gets_a_ticket_at_once(ange_browser: Client, service: Service) -> None:
    response = login(ange_browser, service=APP)
    assert (response.status_code, has_ticket(response)) == (303, True)
    headers = {name: response.headers[name] for name in ("Pragma", "Referrer-Policy")}
    assert headers == {"Pragma": "no-cache", "Referrer-Policy": "no-referrer"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "asked",
    [
        "https://unknown.example/",
        "http://library.example/app/",
        "https://library.example.evil.example/app/",
        "https://library.example/app/../",
        "https://library.example/application/",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("gateway", [{}, {"gateway": "true"}])
@pytest.mark.parametrize("known", [True, False])
def test_unknown_service_is_refused_with_a_page(
    ange_browser: Client, service: Service, asked: str, gateway: dict[str, str], *, known: bool
) -> None:
    browser = ange_browser if known else new_browser()
    response = login(browser, service=asked, **gateway)
    assert response.status_code == 403
    assert "Location" not in response.headers
    assert find_parse_errors(response.content.decode()) == []
    assert not Ticket.objects.exists()


def test_service_passed_twice_is_refused(ange_browser: Client, service: Service) -> None:
    query = urlencode({"service": [APP, APP]}, doseq=True)
    assert ange_browser.get(f"/leia/cas/login?{query}").status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST", "HEADER"])
def test_ticket_of_an_earlier_visit_is_replaced(
    ange_browser: Client, service: Service, method: str
) -> None:
    """VAL-06: of two tickets, one client reads the first and another the last."""
    asked = f"{APP}?a=1&ticket=ST-old&%74icket=ST-older"
    response = login(ange_browser, service=asked, method=method)
    text = response.content.decode() + str(response.headers)
    (ticket,) = set(re.findall(r"\bST-\w+", text))
    assert user_of(validate(asked, ticket)) == "ange", "a client that keeps the old one"
    assert user_of(validate(f"{APP}?a=1", ask_ticket(ange_browser, asked))) == "ange"


def test_gateway_brings_no_ticket_of_an_earlier_visit(service: Service) -> None:
    """2.1.1: without a session there is no ticket in the address."""
    response = login(new_browser(), service=f"{APP}?ticket=ST-old", gateway="true")
    assert response.headers["Location"] == APP


def test_service_out_of_use_is_refused(ange_browser: Client, make_service: MakeService) -> None:
    make_service(active=False)
    assert login(ange_browser, service=APP).status_code == 403


def test_without_service_says_that_one_is_signed_in(ange_browser: Client) -> None:
    response = login(ange_browser)
    assert "You are signed in as Ange Casanova" in response.content.decode()
    assert find_parse_errors(response.content.decode()) == []
    assert leads_to_sign_in(login(new_browser()))


@pytest.mark.parametrize("value", ["true", "", "false"])
def test_renew_after_sso_asks_for_the_password_again(
    ange: Account, ange_browser: Client, service: Service, value: str
) -> None:
    """2.1.1: the session does not count; presence is what matters, not the value."""
    response = login(ange_browser, service=APP, renew=value)
    assert leads_to_sign_in(response)
    back = way_back(response)
    assert leads_to_sign_in(ange_browser.get(back)), "coming back without signing in is no use"

    sign_in(ange, ange_browser)
    done = ange_browser.get(back)
    assert has_ticket(done)
    answer = validate(APP, done.headers["Location"].partition("ticket=")[2], renew="true")
    assert sign_in_facts_of(answer)["isFromNewLogin"] == "true"
    assert leads_to_sign_in(ange_browser.get(back)), "one ticket for one typing of the password"


def test_renew_asks_for_both_steps(
    ange: Account, ange_browser: Client, service: Service, travel: StoppedClock
) -> None:
    """SIG-08: a ticket says « new login » once the second factor was shown too."""
    app = give_app(ange)
    browser = through(ange, app, travel)
    back = way_back(login(browser, service=APP, renew="true"))
    assert type_password(browser, ange).headers["Location"] == STEP
    assert leads_to_sign_in(browser.get(back)), "the password alone renews nothing"
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 303
    done = browser.get(back)
    answer = validate(APP, done.headers["Location"].partition("ticket=")[2], renew="true")
    assert sign_in_facts_of(answer)["isFromNewLogin"] == "true"


def test_mark_of_an_old_request_proves_nothing(
    ange: Account, ange_browser: Client, service: Service, travel: StoppedClock
) -> None:
    back = way_back(login(ange_browser, service=APP, renew="true"))
    travel(minutes=16)
    sign_in(ange, ange_browser)
    assert leads_to_sign_in(ange_browser.get(back))


def test_mark_of_another_service_proves_nothing(
    ange: Account, ange_browser: Client, service: Service
) -> None:
    back = way_back(login(ange_browser, service=APP + "other", renew="true"))
    mark = parse_qs(urlsplit(back).query)["asked"][0]
    sign_in(ange, ange_browser)
    response = login(ange_browser, service=APP, renew="true", asked=mark)
    assert leads_to_sign_in(response)


def test_mark_of_another_browser_proves_nothing(
    ange: Account, ange_browser: Client, service: Service
) -> None:
    """SIG-15: nobody else's link makes a password count that was typed for something else."""
    elsewhere = new_browser()
    back = way_back(login(elsewhere, service=APP, renew="true"))
    cookie = elsewhere.cookies["cas-login"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    sign_in(ange, ange_browser)
    assert leads_to_sign_in(ange_browser.get(back))
    back = way_back(login(ange_browser, service=APP, renew="true"))
    sign_in(ange, ange_browser)
    assert has_ticket(ange_browser.get(back))


def test_marks_of_two_windows_of_one_browser_count(
    ange: Account, ange_browser: Client, service: Service
) -> None:
    first = way_back(login(ange_browser, service=APP, renew="true"))
    second = way_back(login(ange_browser, service=f"{APP}other", renew="true"))
    for back in (first, second):
        sign_in(ange, ange_browser)
        assert "ticket=ST-" in ange_browser.get(back).headers["Location"]


def test_signing_in_again_keeps_what_the_session_has_opened(
    ange: Account, ange_browser: Client, service: Service
) -> None:
    ticket = ask_ticket(ange_browser, APP)
    sign_in(ange, ange_browser)
    assert user_of(validate(APP, ticket)) == "ange"
    assert SignOn.objects.count() == 1


def test_signing_in_as_somebody_else_ends_what_the_session_has_opened(
    leia: Organisation, ange_browser: Client, service: Service
) -> None:
    ticket = ask_ticket(ange_browser, APP)
    sign_in(make_account(leia, "lou"), ange_browser)
    assert user_of(validate(APP, ticket)) is None


def test_application_may_demand_the_password_each_time(
    ange: Account, ange_browser: Client, make_service: MakeService
) -> None:
    make_service(renew_required=True)
    response = login(ange_browser, service=APP)
    assert leads_to_sign_in(response)
    sign_in(ange, ange_browser)
    assert has_ticket(ange_browser.get(way_back(response)))
    assert leads_to_sign_in(login(ange_browser, service=APP))


def test_gateway_does_not_loop(service: Service) -> None:
    """2.1.1: without a session the client gets its own address back, with no ticket at all."""
    response = login(new_browser(), service=f"{APP}?a=1", gateway="true")
    assert (response.status_code, response.headers["Location"]) == (303, f"{APP}?a=1")


def test_gateway_with_session_gives_a_ticket(ange_browser: Client, service: Service) -> None:
    assert has_ticket(login(ange_browser, service=APP, gateway="true"))


def test_gateway_never_asks_anything(ange_browser: Client, make_service: MakeService) -> None:
    service = make_service(roles=[Account.Role.PUPIL])
    assert login(ange_browser, service=APP, gateway="true").headers["Location"] == APP
    service.roles, service.renew_required = [], True
    service.save()
    assert login(ange_browser, service=APP, gateway="true").headers["Location"] == APP


def test_gateway_beside_renew_is_ignored(ange_browser: Client, service: Service) -> None:
    assert leads_to_sign_in(login(ange_browser, service=APP, gateway="true", renew="true"))
    assert leads_to_sign_in(login(new_browser(), gateway="true"))


def test_post_method_without_scripts(ange_browser: Client, service: Service) -> None:
    """A form with a button carries the ticket, and may go to this application only."""
    response = login(ange_browser, service=f"{APP}?a=1&b=2", method="POST")
    page = response.content.decode()
    assert find_parse_errors(page) == []
    assert f'<form method="post" action="{APP}?a=1&amp;b=2" data-submit>' in page
    assert '<input type="hidden" name="ticket" value="ST-' in page
    assert '<button class="button">Continue</button>' in page
    policy = response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://library.example;" in f"{policy};"
    assert "<script>" not in page


def test_header_method_says_it_in_headers(ange_browser: Client, service: Service) -> None:
    response = login(ange_browser, service=APP, method="HEADER")
    assert (response.status_code, response.headers["service"]) == (200, APP)
    assert user_of(validate(APP, response.headers["ticket"])) == "ange"


def test_unknown_method_is_the_usual_one(ange_browser: Client, service: Service) -> None:
    assert has_ticket(login(ange_browser, service=APP, method="PUT"))


def test_warn_asks_before_the_application_is_opened(ange_browser: Client, service: Service) -> None:
    page = login(ange_browser, service=APP, warn="true")
    assert "Open Library?" in page.content.decode()
    assert find_parse_errors(page.content.decode()) == []
    assert not Ticket.objects.exists()

    query = urlencode({"service": APP, "warn": "true"})
    opened = ange_browser.post(f"/leia/cas/login?{query}", {"open": "yes", "warn": "on"})
    assert has_ticket(opened)
    assert "Open Library?" in login(ange_browser, service=APP).content.decode()
    ange_browser.post(f"/leia/cas/login?{query}", {"open": "yes"})
    assert has_ticket(login(ange_browser, service=APP))


def test_confirmation_from_another_site_opens_nothing(
    ange_browser: Client, service: Service
) -> None:
    """WEB-08: nothing in the CAS server takes other sites' forms."""
    response = ange_browser.post(
        f"/leia/cas/login?{urlencode({'service': APP})}",
        {"open": "yes"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert response.status_code == 403
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"roles": ["pupil"]}, "Library is not open to you"),
        ({"identifier": "email"}, "Library needs a detail that is missing"),
    ],
)
def test_person_who_may_not_is_told_why(
    leia: Organisation, make_service: MakeService, details: dict[str, object], words: str
) -> None:
    make_service(**details)
    lou = make_account(leia, "lou", role=Account.Role.STAFF)
    response = login(sign_in(lou), service=APP)
    assert response.status_code == 403
    assert words in response.content.decode()
    event = Event.objects.get(tag=Tag.APPLICATION_REFUSED)
    assert (event.subject, event.facts["application"]) == (lou.public_id, "Library")


def test_ticket_never_in_logs_or_referer(
    ange_browser: Client, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """LOG-02: neither a success nor any kind of refusal writes a ticket down."""
    caplog.set_level("DEBUG")
    response = login(ange_browser, service=APP)
    ticket = response.headers["Location"].partition("ticket=")[2]
    validate(APP, ticket)
    validate(APP, ticket)
    validate("https://unknown.example/", ask_ticket(ange_browser, APP))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "ST-" not in caplog.text
    assert "ST-" not in str([*Event.objects.values_list("facts", flat=True)])
