"""Ask another server for one small answer, and never wait for it longer than agreed.

The time-outs of HTTP libraries count the silence between two bytes: a server that sends one byte
a second holds them for ever, in the headers even with `requests`, `httpx` and `urllib3`. Here a
clock of our own cuts the line. Nothing is followed: a redirect is an answer like any other wrong
one (docs/decisions/cas-client.md).
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import SplitResult, urlencode, urlsplit

from trousseau.env import Network

# RFC 6052.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
HEADERS = {"Accept": "application/xml, text/xml", "User-Agent": "Trousseau", "Connection": "close"}


class UnreachableError(Exception):
    """No answer: refused, cut off, too slow, or a certificate that nobody vouches for.

    The text is for the operator's log. Whoever merely chose the address must not read it: what it
    says of a network would be a way to look around in ours.
    """


class UnexpectedAnswerError(Exception):
    """An answer, but none that can be the right one: redirected, an error, too large."""


class NoRoomError(Exception):
    """So many wait for this server already that one more would keep others from their pages."""


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds; how much to read, in bytes; where else than in the open.

    Only addresses of the public internet are spoken with, and those of `networks` (VAL-05).
    """

    connecting: float
    silence: float
    whole: float
    size: int
    networks: Sequence[Network] = ()


class Rooms:
    """Lets only so many wait for one server, and for all servers together, at any moment.

    Without it a slow server would soon hold every thread of ours, and with them the pages of
    everybody who has nothing to do with it. A visitor who is named never keeps the last place of
    a server, whichever servers they wait for: made-up tickets keep nobody else out.
    """

    def __init__(self, each: int, together: int) -> None:
        """Say how many for one server, and how many for all."""
        self._each, self._together = each, together
        self._share = max(1, each - 1)
        self._taken: Counter[str] = Counter()
        self._visitors: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def entered(self, server: str, visitor: str = "") -> Iterator[None]:
        """Take a place for the time of a conversation. Raises NoRoomError at once."""
        with self._lock:
            full = self._taken[server] >= self._each or self._taken.total() >= self._together
            if full or (visitor and self._visitors[visitor] >= self._share):
                raise NoRoomError(server)
            self._taken[server] += 1
            self._visitors[visitor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[server] -= 1
                self._visitors[visitor] -= 1
                # What is at nothing is forgotten.
                self._taken += Counter()
                self._visitors += Counter()


class _Clock:
    """Cuts a connection when its time is up, wherever the conversation stands."""

    def __init__(self, seconds: float) -> None:
        self.rang = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, line: socket.socket) -> None:
        with self._lock:
            self._line = line
            if self.rang:
                self._cut()

    def _ring(self) -> None:
        with self._lock:
            self.rang = True
            self._cut()

    def _cut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                # Of the plain socket: the one of TLS would leave its reader without decryption.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def get(url: str, limits: Limits, tls: ssl.SSLContext) -> bytes:
    """Return the body of a 200 answer. Raises UnreachableError and UnexpectedAnswerError."""
    status, body = ask(url, limits, tls)
    if status != HTTPStatus.OK:
        raise UnexpectedAnswerError(f"HTTP status {status}")
    if len(body) > limits.size:
        raise UnexpectedAnswerError(f"more than {limits.size} bytes")
    return body


def ask(
    url: str, limits: Limits, tls: ssl.SSLContext, form: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Return the status and the beginning of the answer to a GET, or to a POST of a form.

    Raises UnreachableError, whose text quotes nothing of the address: it may hold a ticket.
    """
    with _Clock(limits.whole) as clock:
        try:
            parts = urlsplit(url)
            with closing(_connected(parts, limits, tls, clock)) as connection:
                _send(connection, parts, form)
                response = connection.getresponse()
                body = response.read(limits.size + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = f"no answer within {limits.whole:g} s" if clock.rang else _in_words(error)
            raise UnreachableError(reason) from error
    if clock.rang:
        raise UnreachableError(f"no whole answer within {limits.whole:g} s")
    return response.status, body


def _send(
    connection: http.client.HTTPConnection, parts: SplitResult, form: Mapping[str, str] | None
) -> None:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if form is None:
        connection.request("GET", target, headers=HEADERS)
        return
    headers = HEADERS | {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", target, urlencode(form), headers)


def _connected(
    parts: SplitResult, limits: Limits, tls: ssl.SSLContext, clock: _Clock
) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    default_port = http.client.HTTPS_PORT if secure else http.client.HTTP_PORT
    connection = http.client.HTTPConnection(host, parts.port or default_port)
    connection.default_port = default_port
    line = _line(host, connection.port, limits)
    connection.sock = line
    line.settimeout(limits.silence)
    clock.watch(line)
    if secure:
        try:
            line = tls.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
            connection.sock = line
            clock.watch(line)
            line.do_handshake()
        except BaseException:
            connection.close()
            raise
    return connection


def _line(host: str, port: int, limits: Limits) -> socket.socket:
    """Return a connection to an address of the host that was looked at before, and no other.

    The name is looked up once: a second answer could be another one.
    """
    failure = OSError("its address is private, and TROUSSEAU_PRIVATE_NETWORKS does not name it")
    for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not _may_be_asked(str(place[0]), limits.networks):
            continue
        try:
            return socket.create_connection((str(place[0]), port), limits.connecting)
        except OSError as error:
            failure = error
    raise failure


def _may_be_asked(address: str, networks: Sequence[Network]) -> bool:
    ip = _undressed(ipaddress.ip_address(address))
    is_public = ip.is_global and not ip.is_multicast
    return is_public or any(ip in network for network in networks)


def _undressed(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that some router or system makes of an IPv6 one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip


def _in_words(error: Exception) -> str:
    name = type(error).__name__
    return f"{name}: {error}"[:200] if isinstance(error, OSError) else name
