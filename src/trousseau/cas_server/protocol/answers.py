"""The answers of the CAS protocol 3.0.3 as values, and the codes of its refusals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# Names the protocol itself gives meaning to, beside which an application's own are released.
RESERVED_NAMES = frozenset(
    {"authenticationDate", "longTermAuthenticationRequestTokenUsed", "isFromNewLogin"}
)
# What is a name in XML, in every version of it, without a namespace.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


class Code(StrEnum):
    """Why a validation or a proxy request is refused (2.5.3, 2.7.3)."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_TICKET_SPEC = "INVALID_TICKET_SPEC"
    UNAUTHORIZED_SERVICE_PROXY = "UNAUTHORIZED_SERVICE_PROXY"
    UNAUTHORIZED_SERVICE = "UNAUTHORIZED_SERVICE"
    INVALID_PROXY_CALLBACK = "INVALID_PROXY_CALLBACK"
    INVALID_TICKET = "INVALID_TICKET"
    INVALID_SERVICE = "INVALID_SERVICE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass(frozen=True)
class SignInFacts:
    """How and when the person signed in: released with every set of attributes."""

    at: datetime
    from_new_login: bool
    long_term: bool = False


@dataclass(frozen=True)
class Success:
    """The ticket is good: who the person is, and what the application may know of them."""

    user: str
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sign_in: SignInFacts | None = None
    granting_ticket: str = ""
    proxies: Sequence[str] = ()


@dataclass(frozen=True)
class Failure:
    """The ticket is not good."""

    code: Code
    description: str


@dataclass(frozen=True)
class ProxySuccess:
    """A proxy ticket for another service."""

    ticket: str


@dataclass(frozen=True)
class ProxyFailure:
    """No proxy ticket."""

    code: Code
    description: str


Answer = Success | Failure | ProxySuccess | ProxyFailure


def is_attribute_name(name: str) -> bool:
    """Tell whether an attribute may be released under this name."""
    return bool(_NAME.fullmatch(name)) and name not in RESERVED_NAMES


def instant(moment: datetime) -> str:
    """Return a moment as XML and SAML write it, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
