"""`/cas/logout`."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.cas_server.conftest import APP
from tests.cas_server.protocol_client import ask_ticket, validate
from tests.factories import is_signed_in, new_browser
from tests.markup import find_parse_errors
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.cas_server.models import Service
from trousseau.organisations.models import Organisation


def test_logout_ends_the_session_and_says_from_where(
    leia: Organisation, ange_browser: Client, service: Service
) -> None:
    validate(APP, ask_ticket(ange_browser, APP))
    page = ange_browser.get("/leia/cas/logout")
    text = page.content.decode()
    assert find_parse_errors(text) == []
    assert ("Signed out of LEIA." in text, "<li>Library</li>" in text) == (True, True)
    assert not is_signed_in(ange_browser, leia)


def test_ordinary_sign_out_says_once_which_applications_are_left(
    leia: Organisation, ange_browser: Client, service: Service
) -> None:
    validate(APP, ask_ticket(ange_browser, APP))
    words = "You are signed out, of these applications too: Library."
    shown = [ange_browser.post("/leia/sign-out/", follow=True), ange_browser.get("/leia/sign-in/")]
    assert [words in page.content.decode() for page in shown] == [True, False]


def test_sign_out_without_applications_says_nothing_of_them(ange_browser: Client) -> None:
    page = ange_browser.post("/leia/sign-out/", follow=True)
    assert "applications" not in page.content.decode()


def test_logout_leads_back_to_a_registered_application(
    leia: Organisation, ange_browser: Client, service: Service
) -> None:
    response = ange_browser.get("/leia/cas/logout", {"service": f"{APP}bye"})
    assert (response.status_code, response.headers["Location"]) == (303, f"{APP}bye")
    assert not is_signed_in(ange_browser, leia)


@pytest.mark.parametrize(
    "query",
    [
        {"service": "https://evil.example/"},
        {"service": "https://library.example.evil.example/app/"},
        {"url": APP},
        {"url": "https://evil.example/"},
        {"service": ["https://library.example/app/", "https://evil.example/"]},
        {"service": "https://library.example/app/%ff"},
        {"service": "https://library.example/\0"},
        {"service": "https://[/"},
        {"service": "x" * 5000},
        {"service": ""},
    ],
)
def test_logout_leads_nowhere_else(
    leia: Organisation,
    ange_browser: Client,
    service: Service,
    query: dict[str, str | list[str]],
) -> None:
    """2.3.1: unregistered addresses and `url` are ignored; the person is signed out anyway."""
    response = ange_browser.get(f"/leia/cas/logout?{urlencode(query, doseq=True)}")
    assert (response.status_code, "Location" in response.headers) == (200, False)
    assert not is_signed_in(ange_browser, leia)


def test_logout_of_a_stranger_is_a_page(leia: Organisation) -> None:
    assert "You are signed out" in new_browser().get("/leia/cas/logout").content.decode()


def test_logout_at_another_organisation_ends_the_one_session_of_the_browser(
    leia: Organisation, next_door: Organisation, ange: Account, ange_browser: Client
) -> None:
    """SES-05: as the ordinary sign-out does; the trail of their own organisation says so."""
    assert ange_browser.get("/next-door/cas/logout").status_code == 200
    assert not is_signed_in(ange_browser, leia)
    event = Event.objects.get(tag=Tag.SIGN_OUT)
    assert (event.organisation, event.subject) == ("leia", ange.public_id)


def test_logout_ends_the_session_of_somebody_suspended(ange: Account, ange_browser: Client) -> None:
    Account.objects.update(state=Account.State.SUSPENDED)
    ange_browser.get("/leia/cas/logout")
    assert not Session.objects.exists()


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_page_of_an_application_leads_to_logout(
    leia: Organisation, ange_browser: Client, site: str
) -> None:
    """2.3: that is how clients sign people out."""
    headers = {"sec-fetch-site": site, "sec-fetch-dest": "document"}
    assert ange_browser.get("/leia/cas/logout", headers=headers).status_code == 200
    assert not is_signed_in(ange_browser, leia)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-site", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"},
        {"sec-fetch-dest": "document", "sec-purpose": "prefetch;prerender"},
    ],
)
def test_what_nobody_goes_to_signs_nobody_out(
    leia: Organisation, ange_browser: Client, headers: dict[str, str]
) -> None:
    """WEB-08: a picture, a frame or a page fetched beforehand is no wish to leave."""
    assert ange_browser.get("/leia/cas/logout", headers=headers).status_code == 403
    assert is_signed_in(ange_browser, leia)
