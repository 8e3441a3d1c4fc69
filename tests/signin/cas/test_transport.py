"""Another server may be slow, endless or wrong: we wait and read so much, and no more."""

import ipaddress
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

HERE = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
LIMITS = Limits(connecting=5, silence=5, whole=0.5, size=1000, networks=HERE)
PATIENT = Limits(connecting=5, silence=5, whole=20, size=1000, networks=HERE)
OUTSIDE = Limits(connecting=5, silence=5, whole=20, size=1000)
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


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "0",
        "2130706433",
        "0x7f.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00::1]",
        "224.0.0.1",
    ],
)
def test_private_address_is_not_spoken_with(liar: LyingServer, host: str):
    """VAL-05: in whatever way it is written."""
    liar.says = answered("a secret")
    port = liar.url.split(":")[2].split("/")[0]
    with pytest.raises(UnreachableError, match="address is private"):
        get(f"http://{host}:{port}/cas", OUTSIDE, TLS)
    assert liar.requests == []


def test_name_is_looked_up_once_and_only_what_is_permitted_is_tried(
    liar: LyingServer, monkeypatch: pytest.MonkeyPatch
):
    """VAL-05: a name that leads to several places, or to another one each time."""
    port = int(liar.url.split(":")[2].split("/")[0])
    answers = iter([["10.0.0.1", "127.0.0.1"]])

    def look_up(host: str, _port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        addresses = next(answers) if host == "both.example" else [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    liar.says = answered("yes")
    assert get(f"http://both.example:{port}/cas", PATIENT, TLS) == b"yes"


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
