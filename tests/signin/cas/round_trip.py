"""A browser's way through CAS, without the CAS server's own pages."""

import itertools
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.factories import new_browser

HERE = "/leia/sign-in/cas/"
_numbers = itertools.count(1)


def new_ticket() -> str:
    return f"ST-{next(_numbers)}-aB3"


def leave(browser: Client, query: str = "") -> dict[str, list[str]]:
    """Press the button; return what the CAS server is asked."""
    response = browser.get(HERE + query)
    assert response.status_code == 303, response.status_code
    return parse_qs(urlsplit(response.headers["Location"]).query)


def come_back(browser: Client, ticket: str | None = None):
    """Arrive with a ticket from the CAS server."""
    return browser.get(HERE, {"ticket": ticket or new_ticket()})


def through_cas(browser: Client | None = None, query: str = ""):
    browser = browser or new_browser()
    leave(browser, query)
    return come_back(browser)
