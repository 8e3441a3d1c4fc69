"""Talk to an application's own server: one short request, no redirect followed, nothing kept.

Only addresses of the register come here (VAL-05). Trusted certificates only; every wait ends.
"""

import http.client
import ssl
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from trousseau.cas_server import matching

MAX_ANSWER = 4096
HEADERS = {"User-Agent": "Trousseau CAS", "Connection": "close"}


class UnreachableError(Exception):
    """The server does not answer, not in time, or cannot be trusted."""


def get(url: str) -> int:
    """Return the status of a GET; raises UnreachableError."""
    return _ask("GET", url, None)


def post_form(url: str, fields: dict[str, str]) -> int:
    """Return the status of a POST of form fields; raises UnreachableError."""
    return _ask("POST", url, urlencode(fields))


def _ask(method: str, url: str, body: str | None) -> int:
    try:
        address = matching.parse(url)
    except matching.UnusableAddressError as error:
        raise UnreachableError("unusable address") from error
    connection = _connection(address)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = dict(HEADERS)
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        answer.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        # The class alone: an error's text may quote the address, and so a ticket.
        raise UnreachableError(type(error).__name__) from error
    finally:
        connection.close()
    return answer.status


def _connection(address: matching.Address) -> http.client.HTTPConnection:
    host, timeout = address.host.strip("[]"), settings.CAS_TIMEOUT
    if address.scheme == "https":
        context = _context(settings.CAS_CA_FILE)
        return http.client.HTTPSConnection(host, address.port, timeout=timeout, context=context)
    if not matching.may_be_used(address, plain_loopback=settings.DEMO):
        raise UnreachableError("not encrypted")
    return http.client.HTTPConnection(host, address.port, timeout=timeout)


@lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
