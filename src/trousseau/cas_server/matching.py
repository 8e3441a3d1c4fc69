"""Addresses of applications: read strictly, compared exactly, never by pattern.

The specification leaves matching open. A browser, a proxy and the application may each read
an unusual address differently, so whatever could be read in two ways is refused before it is
compared (VAL-06): only what is left needs comparing, and is compared part by part.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus, urlsplit

MAX_LENGTH = 2000
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_PORT = 65535
# An encoding of an encoding of an encoding is nobody's honest path.
MAX_DECODINGS = 3

_SHAPE = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[^?#]*)?"
    r"(?P<query>\?[^#]*)?",
    re.IGNORECASE,
)
# RFC 3986, without "#": the fragment never reaches a server, but swallows what is appended.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_PATH_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")


class UnusableAddressError(ValueError):
    """The text is no web address, or one that could be read in two ways."""


@dataclass(frozen=True)
class Address:
    """A web address in parts, each in the one form in which it is compared."""

    scheme: str
    host: str
    port: int
    segments: tuple[str, ...]
    query: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a content security policy names them."""
        usual = self.port == DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{self.host}{'' if usual else f':{self.port}'}"

    @property
    def is_plain_loopback(self) -> bool:
        """Whether it is unencrypted, on this very machine."""
        return self.scheme == "http" and self.host in LOOPBACK


def parse(text: str) -> Address:
    """Return the parts of an address; raises UnusableAddressError for anything doubtful.

    Refused: other schemes, user names, fragments, backslashes, blanks, control and non-ASCII
    characters, a dot at the end of the host, empty labels, ports out of range, path segments of
    nothing but dots and blanks in any encoding, empty ones but the last, encoded slashes, broken
    percent signs, paths that are not UTF-8.
    """
    if len(text) > MAX_LENGTH or not _CHARACTERS.fullmatch(text):
        raise UnusableAddressError(text[:80])
    match = _SHAPE.fullmatch(text)
    if match is None or ".." in match["host"]:
        raise UnusableAddressError(text[:80])
    scheme = match["scheme"].lower()
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    path = match["path"] or "/"
    if port > MAX_PORT or not _PATH_CHARACTERS.fullmatch(path):
        raise UnusableAddressError(text[:80])
    return Address(scheme, match["host"].lower(), port, _segments(path), match["query"] or "")


def covers(registered: Address, asked: Address) -> bool:
    """Tell whether an address lies at or below a registered one, on a segment's border."""
    same_server = (registered.scheme, registered.host, registered.port) == (
        asked.scheme,
        asked.host,
        asked.port,
    )
    prefix = registered.segments
    if prefix and not prefix[-1]:
        prefix = prefix[:-1]
    return same_server and asked.segments[: len(prefix)] == prefix


def may_be_used(address: Address, *, plain_loopback: bool) -> bool:
    """Tell whether the address is encrypted, or the demonstration's own machine."""
    return address.scheme == "https" or (plain_loopback and address.is_plain_loopback)


def without_ticket(service: str) -> str:
    """Return an application's address without the ticket of an earlier visit.

    Of two tickets one client reads the first and another the last: there must never be a second
    one. Clients that know it take theirs off the address before they ask; what else is in the
    query stays as it is.
    """
    address, mark, query = service.partition("?")
    pairs = query.split("&")
    kept = [pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != "ticket"]
    if len(kept) == len(pairs):
        return service
    return f"{address}{mark}{'&'.join(kept)}" if kept else address


def with_ticket(service: str, ticket: str) -> str:
    """Return the application's address with the ticket added to its own query, kept as it is."""
    query = urlsplit(service).query
    joint = "?" if "?" not in service else "&"
    if joint == "&" and (not query or query.endswith("&")):
        joint = ""
    return f"{service}{joint}ticket={quote(ticket, safe='')}"


def _segments(path: str) -> tuple[str, ...]:
    segments = tuple(path.split("/")[1:])
    # Many servers take `//` for `/`; only the last segment may be empty, after a slash at the end.
    if not all(map(_name, segments[:-1])) or any(map(_is_treacherous, segments)):
        raise UnusableAddressError(path[:80])
    return segments


def _name(segment: str) -> str:
    """Return a segment without its parameters.

    Servlet containers cut them off before they look at dots: `..;/` climbs there.
    """
    return segment.partition(";")[0]


def _is_treacherous(segment: str) -> bool:
    """Tell whether some reader could take the segment for a step up, or for several ones."""
    for _ in range(MAX_DECODINGS):
        # Windows drops dots and blanks at the end of a name, so that `.. ` climbs there.
        if _name(segment) and not _name(segment).strip(". "):
            return True
        if any(sign in "/\\" or ord(sign) < 0x20 or ord(sign) == 0x7F for sign in segment):  # noqa: PLR2004 - ASCII
            return True
        try:
            decoded = unquote(segment, errors="strict")
        except UnicodeDecodeError:
            return True
        if decoded == segment:
            return False
        segment = decoded
    return True
