"""HTTP/1.1 as lean as it gets: requests made beforehand, responses only measured out.

A client that shares two cores with the server it measures takes its own work from the figure,
so nothing here is parsed that the benchmark does not need.
"""

import gzip
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

PATIENCE_SECONDS = 20.0
RECEIVED_AT_ONCE = 1 << 16
# What a French phone sends with every page, as far as a server may look at it.
BROWSER = (
    "User-Agent: Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: fr,fr-FR;q=0.8,en-US;q=0.5,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_BODILESS = {204, 304}


class BrokenAnswerError(Exception):
    """The server closed the connection or sent what is no HTTP/1.1."""


@dataclass(frozen=True)
class Answer:
    """One response: its status, its head and its body as sent, `size` all bytes together."""

    status: int
    head: bytes
    body: bytes
    size: int


def get(port: int, path: str, cookie: str = "") -> bytes:
    """Return a browser's GET."""
    kept = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{BROWSER}{kept}\r\n".encode()


def machine_get(port: int, path: str) -> bytes:
    """Return the GET of another server, which takes the answer as it is."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def post(port: int, path: str, **fields: str) -> bytes:
    """Return a browser's POST of a form that stands on a page of the same origin."""
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{BROWSER}"
        f"Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def connect(port: int) -> socket.socket:
    """Open a connection that sends at once and never waits for ever."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def end(received: bytes) -> int:
    """Return how many bytes the first response takes, 0 while it is incomplete."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return 0
    length = _LENGTH.search(received, 0, head + 2)
    if length:
        whole = head + 4 + int(length[1])
        return whole if len(received) >= whole else 0
    if _CHUNKED.search(received, 0, head + 2):
        return _end_of_chunks(received, head + 4)
    if status(received) in _BODILESS:
        return head + 4
    raise BrokenAnswerError(received[:head].decode("latin-1"))


def status(received: bytes) -> int:
    """Return the status of a response that has begun."""
    return int(received[9:12])


def header(received: bytes, name: str) -> str:
    """Return the first header of this name, or nothing."""
    head = received.partition(b"\r\n\r\n")[0].decode("latin-1")
    found = re.search(rf"\r\n{name}: *([^\r]*)", head, re.IGNORECASE)
    return found[1] if found else ""


def exchange(connection: socket.socket, request: bytes) -> Answer:
    """Send a request, wait for the whole response and take it apart."""
    received = raw_exchange(connection, request)
    head, _, body = received.partition(b"\r\n\r\n")
    return Answer(status(received), head, body, len(received))


def raw_exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send a request and return the whole response as it came."""
    connection.sendall(request)
    received = connection.recv(RECEIVED_AT_ONCE)
    while not end(received):
        more = connection.recv(RECEIVED_AT_ONCE)
        if not more:
            raise BrokenAnswerError("the connection was closed")
        received += more
    return received


def content(answer: Answer) -> bytes:
    """Return a body as its author wrote it."""
    body = answer.body
    head = answer.head.lower() + b"\r\n"
    if _CHUNKED.search(head):
        body = b"".join(_chunks(body))
    return gzip.decompress(body) if b"\r\ncontent-encoding: gzip" in head else body


def fetch(port: int, path: str) -> Answer:
    """GET one page on a connection of its own."""
    with connect(port) as connection:
        return exchange(connection, get(port, path))


def _end_of_chunks(received: bytes, position: int) -> int:
    while True:
        start, size = _chunk(received, position)
        position = start + size + 2
        if not start or len(received) < position:
            return 0
        if size == 0:
            return position


def _chunks(body: bytes) -> Iterator[bytes]:
    position, size = _chunk(body, 0)
    while size:
        yield body[position : position + size]
        position, size = _chunk(body, position + size + 2)


def _chunk(received: bytes, position: int) -> tuple[int, int]:
    """Return where the chunk's data begins and its size; 0 while its first line is incomplete."""
    end_of_line = received.find(b"\r\n", position)
    if end_of_line < 0:
        return 0, 0
    return end_of_line + 2, int(received[position:end_of_line].partition(b";")[0], 16)
