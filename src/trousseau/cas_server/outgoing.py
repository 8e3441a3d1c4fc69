"""Talk to an application's own server: one short request, no redirect followed, nothing kept.

Only addresses of the register come here, and only those of the public internet and of networks
that the operator names are spoken with (VAL-05): an administrator who registers an application must
not look around in ours. Trusted certificates only; every wait ends, and so does a server that
answers a byte at a time.
"""

import ssl
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from trousseau.cas_server import matching
from trousseau.signin.cas import transport, validation

MAX_ANSWER = 4096


def get(url: str) -> int:
    """Return the status of a GET; raises transport.UnreachableError.

    A thread that serves pages waits for it: only so many at once, those that wait for CAS servers
    included, so that one application that never answers does not hold everybody's pages.
    """
    try:
        with validation.rooms.entered(urlsplit(url).netloc):
            return _ask(url)
    except transport.NoRoomError as error:
        raise transport.UnreachableError("too many wait for it") from error


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
    limits = validation.limits(MAX_ANSWER)
    status, _ = transport.ask(url, limits, _context(settings.CAS_CA_FILE), form)
    return status


@lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
