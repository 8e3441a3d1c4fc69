"""Talk to an application's own server: one short request, no redirect followed, nothing kept.

Only addresses of the register come here (VAL-05). Trusted certificates only; every wait ends, and
so does a server that answers a byte at a time.
"""

import ssl
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from trousseau.cas_server import matching
from trousseau.signin.cas import transport

MAX_ANSWER = 4096


def get(url: str) -> int:
    """Return the status of a GET; raises transport.UnreachableError."""
    return _ask(url)


def post_form(url: str, fields: Mapping[str, str]) -> int:
    """Return the status of a POST of form fields; raises transport.UnreachableError."""
    return _ask(url, fields)


def _ask(url: str, form: Mapping[str, str] | None = None) -> int:
    try:
        address = matching.parse(url)
    except matching.UnusableAddressError as error:
        raise transport.UnreachableError("unusable address") from error
    if not matching.may_be_used(address, plain_loopback=settings.DEMO):
        raise transport.UnreachableError("not encrypted")
    status, _ = transport.ask(url, _limits(), _context(settings.CAS_CA_FILE), form)
    return status


def _limits() -> transport.Limits:
    whole = settings.CAS_TIMEOUT
    return transport.Limits(min(3, whole), min(5, whole), whole, MAX_ANSWER)


@lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
