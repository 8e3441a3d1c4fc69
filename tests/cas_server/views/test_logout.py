"""`/cas/logout`."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.cas_server.conftest import APP
from tests.cas_server.protocol_client import ask_ticket, validate
from tests.factories import is_signed_in, new_browser
from tests.markup import find_parse_errors
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
    ],
)
def test_logout_leads_nowhere_else(
    ange_browser: Client, service: Service, query: dict[str, str | list[str]]
) -> None:
    """2.3.1: unregistered addresses and `url` are ignored; the person is signed out anyway."""
    response = ange_browser.get(f"/leia/cas/logout?{urlencode(query, doseq=True)}")
    assert (response.status_code, "Location" in response.headers) == (200, False)


def test_logout_of_a_stranger_is_a_page(leia: Organisation) -> None:
    assert "You are signed out" in new_browser().get("/leia/cas/logout").content.decode()
