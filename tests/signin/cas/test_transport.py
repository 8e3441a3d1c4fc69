"""Another server may be slow, endless or wrong: we wait and read so much, and no more."""

import itertools
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from tests.signin.cas.lying_server import LyingServer, answered
from trousseau.signin.cas.transport import (
    Limits,
    NoRoomError,
    Rooms,
    UnexpectedAnswerError,
    UnreachableError,
    get,
)

LIMITS = Limits(connecting=5, silence=5, whole=0.5, size=1000)
PATIENT = Limits(connecting=5, silence=5, whole=20, size=1000)
TLS = ssl.create_default_context()


def test_answer_comes_back_whole(liar: LyingServer):
    liar.says = answered("é" * 500)
    assert get(f"{liar.url}/validate?a=b", PATIENT, TLS).decode() == "é" * 500
    assert liar.requests[0].splitlines()[:2] == [
        "GET /cas/validate?a=b HTTP/1.1",
        f"Host: {liar.url.split('/')[2]}",
    ]


def test_answer_without_announced_length_comes_back_whole(liar: LyingServer):
    liar.says = [b"HTTP/1.0 200 OK\r\n\r\n", b"half ", b"and half"]
    assert get(liar.url, PATIENT, TLS) == b"half and half"


@pytest.mark.parametrize(
    "endless",
    [
        [b"HTTP/1.1 200 OK\r\n", *([b"X-More: 1\r\n"] * 10_000)],
        [b"H"] * 10_000,
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 10_000,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *([b"x"] * 10_000)],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *([b"1\r\nx\r\n"] * 10_000)],
        [],
    ],
    ids=["headers", "status", "continue", "body", "chunks", "nothing"],
)
def test_server_that_drips_is_left_when_the_time_is_up(liar: LyingServer, endless: list[bytes]):
    """However lively it looks: the silence between two bytes is always short."""
    liar.says, liar.drip = endless or itertools.repeat(b""), 0.02
    with pytest.raises(UnreachableError, match=r"within 0\.5 s"):
        get(liar.url, LIMITS, TLS)


def test_body_beyond_the_limit_is_not_read(liar: LyingServer):
    liar.says = itertools.chain([b"HTTP/1.0 200 OK\r\n\r\n"], itertools.repeat(b"x" * 4096))
    with pytest.raises(UnexpectedAnswerError, match="more than 1000 bytes"):
        get(liar.url, PATIENT, TLS)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Again", "204 None", "500 Oops"])
def test_nothing_but_200_is_an_answer_and_no_redirect_is_followed(liar: LyingServer, status: str):
    """VAL-05."""
    liar.says = answered("", status, f"Location: {liar.url}/elsewhere\r\n")
    with pytest.raises(UnexpectedAnswerError, match=status[:3]):
        get(liar.url, PATIENT, TLS)
    assert len(liar.requests) == 1


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x00\xff" * 50, b"ICY 200 OK\r\n\r\n", b"HTTP/1.1 \r\n"]
)
def test_what_is_no_http_is_no_answer(liar: LyingServer, rubbish: bytes):
    liar.says = [rubbish]
    with pytest.raises(UnreachableError):
        get(liar.url, PATIENT, TLS)


@pytest.mark.parametrize(
    "host", ["localhost:9", "a..b", f"{'x' * 70}.localhost", "[::1", "x:99999"]
)
def test_server_that_is_not_there_is_no_answer(host: str):
    if host == "localhost:9":
        with socket.create_server(("127.0.0.1", 0)) as free:
            host = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UnreachableError):
        get(f"http://{host}/cas", PATIENT, TLS)


def test_silent_tls_handshake_is_left_when_the_time_is_up(liar: LyingServer):
    with pytest.raises(UnreachableError, match=r"within 0\.5 s"):
        get(liar.url.replace("http", "https"), LIMITS, TLS)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for `localhost`, with its key."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", folder / "both.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text(both.read_text() + (folder / "certificate.pem").read_text())
    return both


def test_https_server_is_believed_only_with_a_certificate_that_is_vouched_for(certificate: Path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate.with_name("certificate.pem")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(3):
                line, _peer = listener.accept()
                try:
                    with context.wrap_socket(line, server_side=True) as secure:
                        secure.recv(65536)
                        secure.sendall(answered("yes")[0])
                except OSError:
                    line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert get(f"https://localhost:{port}/cas", PATIENT, trusting) == b"yes"
        with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
            get(f"https://localhost:{port}/cas", PATIENT, TLS)
        with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
            get(f"https://127.0.0.1:{port}/cas", PATIENT, trusting)
        thread.join()


def test_rooms_admit_so_many_for_one_server_and_for_all():
    rooms = Rooms(each=2, together=3)
    with rooms.entered("a"), rooms.entered("a"):
        with pytest.raises(NoRoomError), rooms.entered("a"):
            pass
        with rooms.entered("b"), pytest.raises(NoRoomError), rooms.entered("c"):
            pass
        with rooms.entered("c"):
            pass
    with rooms.entered("a"), rooms.entered("a"):
        pass


def test_rooms_keep_a_place_from_every_visitor():
    """VAL-04: with made-up tickets for a slow server, nobody keeps everybody else out."""
    rooms = Rooms(each=3, together=6)
    with rooms.entered("a", "198.51.100.1"), rooms.entered("a", "198.51.100.1"):
        for server in ("a", "b"):
            with pytest.raises(NoRoomError), rooms.entered(server, "198.51.100.1"):
                pass
        with rooms.entered("a", "198.51.100.2"), pytest.raises(NoRoomError), rooms.entered("a"):
            pass
    with rooms.entered("a", "198.51.100.1"):
        pass
