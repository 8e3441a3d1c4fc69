"""Who acts, and from where, as far as a request can tell."""

import ipaddress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

MAX_AGENT_LENGTH = 200


@dataclass(frozen=True)
class Origin:
    """The source of an action: network address, browser, and the account acting if signed in.

    `role` is what that account was at this moment.
    """

    address: str = ""
    agent: str = ""
    actor: str = ""
    role: str = ""


WORKER = Origin(actor="worker")
COMMAND_LINE = Origin(actor="command line")


def of(request: HttpRequest) -> Origin:
    """Return the origin of a request."""
    return Origin(
        address=client_address(request),
        agent=request.headers.get("User-Agent", "")[:MAX_AGENT_LENGTH],
        actor=getattr(request, "actor_id", ""),
        role=getattr(request, "actor_role", ""),
    )


def is_trusted(address: str) -> bool:
    """Tell whether this is the network address of a proxy of ours."""
    if not settings.TRUSTED_PROXIES:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.TRUSTED_PROXIES)


def forget_forged(environ: dict[str, Any]) -> None:
    """Take `X-Forwarded-…` off a request that did not come through a proxy of ours.

    Nothing after this believes a visitor on who they are or on having come by https.
    """
    if not is_trusted(environ.get("REMOTE_ADDR", "")):
        for name in [name for name in environ if name.startswith("HTTP_X_FORWARDED_")]:
            del environ[name]


def client_address(request: HttpRequest) -> str:
    """Return the visitor's network address.

    `X-Forwarded-For` is believed only as far as it was written by a trusted proxy: read from
    the right, the first address that is not one of ours.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if not is_trusted(peer):
        return _address_or_nothing(peer)
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    for hop in reversed([hop for hop in hops if hop]):
        if not is_trusted(hop):
            return _address_or_nothing(hop)
    return _address_or_nothing(peer)


def _address_or_nothing(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
