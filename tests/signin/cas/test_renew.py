"""An application that wants the password typed now gets no less through a CAS server."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.cas_server.conftest import APP
from tests.cas_server.protocol_client import code_of, sign_in_facts_of, user_of, validate
from tests.factories import make_account, new_browser
from tests.markup import attributes
from tests.signin.cas.answers import success
from tests.signin.cas.lying_server import LyingServer, answered
from tests.signin.cas.round_trip import come_back
from trousseau.cas_server.models import Service
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

pytestmark = pytest.mark.usefixtures("marks")


@pytest.fixture
def marks(leia: Organisation, liar: LyingServer) -> Service:
    for name in ("ange", "ange-2"):
        make_account(leia, name, directory_id=f"{name}-record")
    says(liar)
    return Service.objects.create(
        registry=own_registry(leia), name="Marks", address=APP, renew_required=True
    )


def says(liar: LyingServer, *records: str) -> None:
    told = {"record": records or ("ange-record",)}
    liar.says = answered(success("ange", told))


def ask(browser: Client, address: str) -> str:
    """Return where the browser is sent."""
    response = browser.get(address)
    assert response.status_code == 303, response.content.decode()
    location: str = response.headers["Location"]
    return location


def query_of(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def press_button(browser: Client, sign_in: str) -> dict[str, list[str]]:
    """Press the button of the sign-in page; return what the CAS server is asked."""
    page = browser.get(sign_in)
    assert page.status_code == 200
    (button,) = attributes(page, "a.quiet", "href")
    return query_of(ask(browser, button))


@pytest.mark.parametrize("silent", [False, True])
def test_renew_through_cas_asks_for_the_password_there(leia: Organisation, *, silent: bool) -> None:
    """SIG-08: nobody is let in on a session that goes on at the CAS server."""
    leia.cas_silent = silent
    leia.save()
    browser = new_browser()
    sign_in = ask(browser, f"/leia/cas/login?service={APP}")
    assert press_button(browser, sign_in)["renew"] == ["true"]
    arrived = ask(browser, come_back(browser).headers["Location"])
    answer = validate(APP, query_of(arrived)["ticket"][0], renew="true")
    assert user_of(answer) == "ange"
    assert sign_in_facts_of(answer)["isFromNewLogin"] == "true"


def test_session_opened_by_cas_without_renew_is_no_new_sign_in(liar: LyingServer) -> None:
    """The button pressed by somebody who leaves `renew` out of its address."""
    browser = new_browser()
    way_back = query_of(ask(browser, f"/leia/cas/login?service={APP}"))["next"][0]
    browser.get("/leia/sign-in/cas/", {"next": way_back})
    came_back = come_back(browser).headers["Location"]
    assert "renew=true" not in liar.requests[-1]
    assert urlsplit(ask(browser, came_back)).path == "/leia/sign-in/"


def test_ticket_for_an_application_after_cas_without_renew_is_not_from_a_new_sign_in() -> None:
    Service.objects.update(renew_required=False)
    tickets = []
    for _ in range(2):
        browser = new_browser()
        way_back = query_of(ask(browser, f"/leia/cas/login?service={APP}"))["next"][0]
        browser.get("/leia/sign-in/cas/", {"next": way_back})
        page = browser.get(come_back(browser).headers["Location"])
        tickets.append(query_of(page.headers["Location"])["ticket"][0])
    assert code_of(validate(APP, tickets[0], renew="true")) == "INVALID_TICKET"
    assert sign_in_facts_of(validate(APP, tickets[1]))["isFromNewLogin"] == "false"


def test_renew_holds_through_the_choice_between_accounts(liar: LyingServer) -> None:
    says(liar, "ange-record", "ange-2-record")
    browser = new_browser()
    press_button(browser, ask(browser, f"/leia/cas/login?service={APP}"))
    choice = come_back(browser).headers["Location"]
    account = browser.get(choice).context["choice"][0]
    chosen = browser.post(choice, {"account": account.public_id})
    assert "ticket" in query_of(ask(browser, chosen.headers["Location"]))


@pytest.mark.parametrize("told", [("false",), ("false", "true")])
def test_ticket_of_a_session_that_goes_on_there_is_refused(
    liar: LyingServer, told: tuple[str, ...]
) -> None:
    liar.says = answered(success("ange", {"record": ("ange-record",), "isFromNewLogin": told}))
    browser = new_browser()
    press_button(browser, ask(browser, f"/leia/cas/login?service={APP}"))
    assert come_back(browser).status_code == 403
