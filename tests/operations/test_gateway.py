"""What reaches the application, and what never costs it a thread."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from trousseau.operations import gateway

CHECKOUT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 30
THREADS = 2
FORM = "Content-Type: application/x-www-form-urlencoded"
SESSION = "Cookie: session=made-up"


@contextmanager
def served(body_seconds: float) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "tests.operations.served", str(port), str(body_seconds)]
    variables = {"DJANGO_SETTINGS_MODULE": "trousseau.settings", "PYTHONPATH": "."}
    variables["TROUSSEAU_WEB_THREADS"] = str(THREADS)
    with subprocess.Popen(program, cwd=CHECKOUT, env=os.environ | variables) as server:
        try:
            wait_until_it_listens(server, port)
            yield port
        finally:
            server.terminate()


def wait_until_it_listens(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opened(port) as probe:
                probe.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                if probe.recv(1):
                    return
        except OSError:
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.05)
    raise AssertionError(f"not served, status {server.poll()}")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve with a deadline that no test waits for."""
    with served(600) as number:
        yield number


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS)


def request(path: str = "/", *headers: str, body: bytes = b"", method: str = "POST") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def form(body: bytes, *headers: str, path: str = "/") -> bytes:
    return request(path, FORM, f"Content-Length: {len(body)}", *headers, body=body)


def answer(port: int, sent: bytes) -> tuple[int, str]:
    with opened(port) as connection:
        connection.sendall(sent)
        return answer_on(connection)


def answer_on(connection: socket.socket) -> tuple[int, str]:
    said = b""
    while piece := connection.recv(65536):
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def reached(port: int, sent: bytes) -> dict[str, Any]:
    status, body = answer(port, sent)
    assert status == 200
    told: dict[str, Any] = json.loads(body)
    return told


def test_half_sent_forms_keep_nobody_waiting(port: int) -> None:
    """VAL-09: many more of them than there are threads."""
    with ExitStack() as open_ones:
        waiting = [open_ones.enter_context(opened(port)) for _ in range(25 * THREADS)]
        for connection in waiting:
            connection.sendall(form(b"x" * 1000)[:-990])
        assert reached(port, request("/health/live", method="GET"))["length"] == 0
        assert reached(port, form(b"whole"))["length"] == 5
        for connection in waiting:
            connection.sendall(b"x" * 990)
        whole = hashlib.sha256(b"x" * 1000).hexdigest()
        for connection in waiting:
            assert json.loads(answer_on(connection)[1])["digest"] == whole


def test_half_sent_form_is_told_and_cut_off_at_its_deadline() -> None:
    """VAL-09."""
    with served(0.2) as port, opened(port) as connection:
        connection.sendall(form(b"x" * 1000)[:-990])
        status, text = answer_on(connection)
    assert (status, "The request did not arrive in time. Try again." in text) == (408, True)


def test_form_that_ends_early_never_reaches_the_application(port: int) -> None:
    with opened(port) as connection:
        connection.sendall(form(b"x" * 1000)[:-990])
        connection.shutdown(socket.SHUT_WR)
        assert b"digest" not in connection.recv(65536)
    assert reached(port, form(b"next"))["length"] == 4


@pytest.mark.parametrize("length", [0, 1, 65_536])
def test_body_reaches_the_application_whole(port: int, length: int) -> None:
    body = os.urandom(length)
    assert reached(port, form(body))["digest"] == hashlib.sha256(body).hexdigest()


def test_photo_reaches_the_application_of_who_brings_a_session(port: int) -> None:
    """VAL-09."""
    body = os.urandom(3_000_000)
    told = reached(port, form(body, SESSION))
    assert told["digest"] == hashlib.sha256(body).hexdigest()


def test_more_than_is_permitted_is_not_received(port: int) -> None:
    """VAL-09: the application sees the length, and answers with its own page."""
    for sent in (form(b"x" * 65_537), request("/", FORM, SESSION, "Content-Length: 16777217")):
        told = reached(port, sent)
        assert (told["length"], int(told["CONTENT_LENGTH"]) > 65_536) == (0, True)


def test_more_large_bodies_than_may_arrive_at_once_are_put_off(port: int) -> None:
    """VAL-09: a made-up session cookie fills neither memory nor disk."""
    half_sent = form(b"x" * 100_000, SESSION)[:-10]
    with ExitStack() as open_ones:
        waiting = [
            open_ones.enter_context(opened(port)) for _ in range(gateway.LARGE_BODIES_AT_ONCE)
        ]
        for connection in waiting:
            connection.sendall(half_sent)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (status := answer(port, form(b"x" * 100_000, SESSION))[0]) == 200:
            assert time.monotonic() < deadline
        assert status == 503
        assert reached(port, form(b"x" * 1_000, SESSION))["length"] == 1_000
    while answer(port, form(b"x" * 100_000, SESSION))[0] == 503:
        assert time.monotonic() < deadline


def test_body_without_a_length_counts_as_empty(port: int) -> None:
    chunks = request("/", FORM, "Transfer-Encoding: chunked", body=b"3\r\na=b\r\n0\r\n\r\n")
    assert reached(port, chunks)["length"] == 0


def test_header_with_an_underscore_is_dropped(port: int) -> None:
    """LOG-01: it would pass for the one that a proxy overwrites."""
    told = reached(
        port,
        request(
            "/", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1", "x_forwarded-proto: a"
        ),
    )
    assert {name: text for name, text in told.items() if "FORWARDED" in name} == {
        "HTTP_X_FORWARDED_FOR": "192.0.2.1"
    }


def test_request_is_told_as_wsgi_has_it(port: int) -> None:
    told = reached(port, request("/%C3%A9t%C3%A9/a%20b?q=%C3%A9", "X-One: 1", "X-One: 2"))
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/été/a b".encode().decode("latin-1"),
        "QUERY_STRING": "q=%C3%A9",
        "HTTP_X_ONE": "1,2",
        "HTTP_HOST": "a",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PORT": str(port),
        "wsgi.url_scheme": "http",
    }
    assert {name: told[name] for name in expected} == expected
    assert "PATH" not in told


def test_too_much_in_the_headers_is_refused(port: int) -> None:
    """VAL-09: nothing that a header says may fill the memory."""
    assert answer(port, request("/", "Accept-Language: " + "x" * 15_000))[0] == 200
    assert answer(port, request("/", "Accept-Language: " + "x" * 16_384))[0] == 431
    assert answer(port, request("/", *(f"X-{n}: {'x' * 500}" for n in range(40))))[0] == 431
    assert answer(port, request("/?q=" + "x" * 17_000))[0] == 431
    assert answer(port, request("/", "X: " + "x" * 100_000))[0] == 431


def test_application_that_fails_is_a_500_that_tells_nothing(port: int) -> None:
    """ERR-01."""
    status, text = answer(port, request("/failure"))
    assert (status, "purpose" in text) == (500, False)
    assert reached(port, form(b"next"))["length"] == 4
