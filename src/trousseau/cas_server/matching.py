"""Addresses of applications: read strictly, compared exactly, never by pattern.

The specification leaves matching open. A browser, a proxy and the application may each read
an unusual address differently, so whatever could be read in two ways is refused before it is
compared (VAL-06): only what is left needs comparing, and is compared part by part.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

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
    characters, a dot at the end of the host, empty labels, ports out of range, `.` and `..`
    as path segments in any encoding, encoded slashes, broken percent signs.
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


def with_ticket(service: str, ticket: str) -> str:
    """Return the application's address with the ticket added to its own query, kept as it is."""
    query = urlsplit(service).query
    joint = "?" if "?" not in service else "&"
    if joint == "&" and (not query or query.endswith("&")):
        joint = ""
    return f"{service}{joint}ticket={quote(ticket, safe='')}"


def _segments(path: str) -> tuple[str, ...]:
    segments = tuple(path.split("/")[1:])
    for segment in segments:
        if _is_treacherous(segment):
            raise UnusableAddressError(path[:80])
    return segments


def _is_treacherous(segment: str) -> bool:
    """Tell whether some reader could take the segment for a step up, or for several ones."""
    for _ in range(MAX_DECODINGS):
        # Servlet containers cut parameters off before they look at dots: `..;/` climbs there.
        if segment.partition(";")[0] in {".", ".."}:
            return True
        if any(sign in "/\\" or ord(sign) < 0x20 or ord(sign) == 0x7F for sign in segment):  # noqa: PLR2004 - ASCII
            return True
        decoded = unquote(segment)
        if decoded == segment:
            return False
        segment = decoded
    return True
