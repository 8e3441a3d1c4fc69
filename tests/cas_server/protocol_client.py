"""The little that a CAS client does, for tests to do it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from django.test import Client

from tests.factories import new_browser

NAMESPACES = {"cas": "http://www.yale.edu/tp/cas"}


def ask_ticket(browser: Client, service: str, slug: str = "leia", **parameters: str) -> str:
    """Return the ticket with which the browser is sent to the application."""
    response = browser.get(f"/{slug}/cas/login", {"service": service, **parameters})
    assert response.status_code == 303, response.content.decode()
    return parse_qs(urlsplit(response.headers["Location"]).query)["ticket"][0]


def way_back(response: Any) -> str:
    """Return where the sign-in page will lead, to which this answer redirects."""
    location: str = response.headers["Location"]
    return parse_qs(urlsplit(location).query)["next"][0]


def validate(
    service: str,
    ticket: str,
    *,
    path: str = "p3/serviceValidate",
    slug: str = "leia",
    **parameters: str,
) -> ET.Element:
    """Return the one element of the answer."""
    query = {"service": service, "ticket": ticket, **parameters}
    response = new_browser().get(f"/{slug}/cas/{path}", query)
    assert response.status_code == 200
    return read(response.content)


def read(document: bytes) -> ET.Element:
    """Return the one element in a `serviceResponse`."""
    (answer,) = ET.fromstring(document)
    return answer


def user_of(answer: ET.Element) -> str | None:
    """Return who the person is, or nothing for a failure."""
    return answer.findtext("cas:user", namespaces=NAMESPACES)


def code_of(answer: ET.Element) -> str | None:
    """Return why it failed, or nothing for a success."""
    return answer.get("code")


def attributes_of(answer: ET.Element) -> dict[str, list[str]]:
    """Return the attributes beside those of the protocol itself."""
    found: dict[str, list[str]] = {}
    for name, text in _attributes(answer):
        if name not in {
            "authenticationDate",
            "longTermAuthenticationRequestTokenUsed",
            "isFromNewLogin",
        }:
            found.setdefault(name, []).append(text)
    return found


def sign_in_facts_of(answer: ET.Element) -> dict[str, str]:
    """Return the protocol's own attributes but for the date."""
    return {
        name: text
        for name, text in _attributes(answer)
        if name in {"longTermAuthenticationRequestTokenUsed", "isFromNewLogin"}
    }


def _attributes(answer: ET.Element) -> Iterator[tuple[str, str]]:
    for element in answer.findall("cas:attributes/*", NAMESPACES):
        yield element.tag.partition("}")[2], element.text or ""
