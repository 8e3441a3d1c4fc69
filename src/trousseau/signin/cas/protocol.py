"""The CAS protocol as a client speaks it: where to go, and which answers to believe.

CAS Protocol 3.0.3, §2.1 (login), §2.3 (logout), §2.5 (validation) and appendix A (schema). Pure:
no Django, no network. Whatever comes from a server is taken for hostile until it is read whole.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from lxml import etree

CAS = "http://www.yale.edu/tp/cas"
SAML = "urn:oasis:names:tc:SAML:2.0:protocol"
# What the value of an attribute is never called in an answer, and so names the user itself.
USER = "user"
LARGEST_ANSWER = 256 * 1024
LARGEST_LOGOUT_REQUEST = 16 * 1024
LONGEST_VALUE = 1000
# Far more than is told of anybody: a quarter of a megabyte holds thirty thousand.
MOST_VALUES = 2000
_ATTRIBUTES = {f"{{{CAS}}}attributes", f"{{{CAS}}}userAttributes"}

# The specification's alphabet, with the dot and the underscore that servers put in all the same.
_TICKET = re.compile(r"ST-[A-Za-z0-9._-]{1,253}")
_CODE = re.compile(r"[A-Z_]{1,40}")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class RubbishError(Exception):
    """What came is not what the protocol allows; the text says where, for the log."""


class TicketRefusedError(Exception):
    """The server says no; `code` is the protocol's (INVALID_TICKET …)."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Identity:
    """Whom the server vouches for: its name for the person, and what it tells about them."""

    user: str
    attributes: Mapping[str, tuple[str, ...]]

    def values(self, name: str) -> tuple[str, ...]:
        """Return an attribute's values without repetition; `user` is the name itself."""
        values = (self.user,) if name == USER else self.attributes.get(name, ())
        return tuple(dict.fromkeys(values))

    def one(self, name: str) -> str:
        """Return the only value of an attribute; nothing when there is none or a choice."""
        values = self.values(name)
        return values[0] if len(values) == 1 else ""


def is_service_ticket(text: str) -> bool:
    """Tell whether a text can be a service ticket: a proxy ticket or a path cannot."""
    return bool(_TICKET.fullmatch(text))


def login_url(base: str, service: str, *, renew: bool = False, gateway: bool = False) -> str:
    """Return where a person signs in: `renew` asks again, `gateway` never asks (§2.1.1)."""
    asked = {"renew": renew, "gateway": gateway}
    return _url(base, "login", service=service, **{name: "true" for name in asked if asked[name]})


def logout_url(base: str, service: str) -> str:
    """Return where a person signs out of the CAS server itself, to come back to `service`."""
    return _url(base, "logout", service=service)


def validation_url(base: str, version: int, service: str, ticket: str, *, renew: bool) -> str:
    """Return where a ticket is exchanged for an identity; CAS 2 tells no attributes."""
    path = "serviceValidate" if version == 2 else "p3/serviceValidate"  # noqa: PLR2004
    asked = {"renew": "true"} if renew else {}
    return _url(base, path, service=service, ticket=ticket, **asked)


def read_answer(body: bytes) -> Identity:
    """Return the identity that a validation answer speaks of.

    Raises TicketRefusedError when the answer is a refusal, RubbishError when it is no answer.
    """
    root = _parsed(body, LARGEST_ANSWER)
    verdicts = list(_elements(root))
    if root.tag != _cas("serviceResponse") or len(verdicts) != 1:
        raise RubbishError("not one serviceResponse with one verdict")
    verdict = verdicts[0]
    if verdict.tag == _cas("authenticationFailure"):
        code = verdict.get("code", "")
        raise TicketRefusedError(code if _CODE.fullmatch(code) else "UNKNOWN")
    if verdict.tag != _cas("authenticationSuccess"):
        raise RubbishError("neither success nor failure")
    return _identity(verdict)


def read_logout_request(text: str) -> list[str]:
    """Return the tickets whose sessions a server ends (§2.3.3). Raises RubbishError."""
    root = _parsed(text.encode("utf-8", "surrogatepass"), LARGEST_LOGOUT_REQUEST)
    if root.tag != f"{{{SAML}}}LogoutRequest":
        raise RubbishError("not a LogoutRequest")
    indexes = (_clean(one) for one in root.iterchildren(f"{{{SAML}}}SessionIndex"))
    tickets = [index for index in indexes if index and is_service_ticket(index)]
    if not tickets:
        raise RubbishError("no SessionIndex")
    return tickets


def _identity(success: etree._Element) -> Identity:
    users = [one for one in _elements(success) if one.tag == _cas("user")]
    user = _clean(users[0]) if len(users) == 1 else ""
    if not user:
        raise RubbishError("not one readable user")
    if success.find(_cas("proxies")) is not None:
        # We asked for no proxy: a ticket that passed through another service is not for us.
        raise RubbishError("a proxied ticket")
    found: dict[str, list[str]] = {}
    for number, leaf in enumerate(_leaves(success, beside=True)):
        if number >= MOST_VALUES:
            raise RubbishError("too many attributes")
        name = etree.QName(leaf)
        value = _clean(leaf)
        if value and name.namespace == CAS:
            found.setdefault(name.localname, []).append(value)
    return Identity(user, {name: tuple(values) for name, values in found.items()})


def _leaves(parent: etree._Element, *, beside: bool = False) -> Iterator[etree._Element]:
    """Yield the attributes: in `attributes`, in `userAttributes`, or straight beside the user.

    Servers of the field do all three. What is nested in anything else may be somebody else's, as
    a child's record in a guardian's answer, and must never name the person.
    """
    known = {_cas("user"), _cas("proxyGrantingTicket"), _cas("proxies")} if beside else set()
    for child in _elements(parent):
        if child.tag in _ATTRIBUTES:
            yield from _leaves(child)
        elif child.tag not in known and next(_elements(child), None) is None:
            yield child


def _clean(element: etree._Element) -> str:
    """Return an element's whole text; nothing where there is none to trust.

    A comment or an entity inside would leave a reader with half of the value.
    """
    text = "" if len(element) else (element.text or "").strip()
    controls = any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text)
    return "" if controls or len(text) > LONGEST_VALUE else text


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _parsed(body: bytes, most: int) -> etree._Element:
    """Return the root of a document without declarations, entities or network (VAL-02)."""
    if len(body) > most:
        raise RubbishError("too large")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RubbishError("not UTF-8") from error
    if _DECLARATION.search(text):
        raise RubbishError("declares a document type or an entity")
    parser = etree.XMLParser(
        # Ours was checked above; one that the document claims would let a declaration hide.
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RubbishError("not well-formed XML") from error


def _url(base: str, path: str, **parameters: str) -> str:
    return f"{base.rstrip('/')}/{path}?{urlencode(parameters)}"


def _cas(name: str) -> str:
    return f"{{{CAS}}}{name}"
