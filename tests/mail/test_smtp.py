import asyncio
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from socket import create_server, socket
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sink import Sink, Turn, answering, cut, never
from trousseau.mail import mime
from trousseau.mail.composing import Letter
from trousseau.mail.smtp import (
    PATIENCE_SECONDS,
    Answer,
    Connection,
    LineCutError,
    Server,
    ServerUnreachableError,
)

SENDER = "no-reply@itslearning.com"
ADA = "ada@example.org"
MIKE = "mike@example.org"
JOSE = "josé@example.org"
ACCEPTED = Answer(accepted=True, permanent=True, code=250, text="")
TIMEOUT_SECONDS = 30


def mail_to(recipient: str) -> EmailMessage:
    return mime.build(
        Letter("Nouveau mot de passe", "Bonjour, été\n", "<p>Bonjour, été</p>\n", "LEIA"),
        sender=SENDER,
        recipient=recipient,
        language="fr",
        identifier="0123456789abcdef",
        date=datetime(2026, 9, 7, tzinfo=UTC),
    )


@contextmanager
def talking(
    url: str,
    ca_file: str = "",
    timeout: float = TIMEOUT_SECONDS,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[Connection]:
    with Connection(Server.from_url(url, ca_file), timeout, patience) as connection:
        yield connection


def hand_over(connection: Connection, recipient: str = ADA) -> Answer:
    return connection.hand_over(mail_to(recipient), SENDER, recipient)


def refused(code: int, text: str, *, permanent: bool) -> Answer:
    return Answer(accepted=False, permanent=permanent, code=code, text=text)


def test_hand_over_accepted_arrives_byte_for_byte(sink: Sink) -> None:
    mail = mail_to(ADA)
    with talking(sink.url) as connection:
        assert connection.hand_over(mail, SENDER, ADA) == ACCEPTED
    (kept,) = sink.kept
    assert (kept.sender, kept.recipient) == (SENDER, ADA)
    # The line between the parts is drawn by lot each time.
    boundary = rb"={15}\d+=="
    assert re.sub(boundary, b"", kept.content) == re.sub(boundary, b"", mail.as_bytes())


def test_hand_over_batch_shares_one_conversation(sink: Sink) -> None:
    with talking(sink.url) as connection:
        assert [hand_over(connection, who) for who in (ADA, MIKE, ADA)] == [ACCEPTED] * 3
    assert [(kept.recipient, kept.conversation) for kept in sink.kept] == [
        (ADA, 1),
        (MIKE, 1),
        (ADA, 1),
    ]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("550 5.1.1 no such mailbox", refused(550, "5.1.1 no such mailbox", permanent=True)),
        ("554 5.7.1 spam", refused(554, "5.7.1 spam", permanent=True)),
        ("451 4.7.1 greylisted", refused(451, "4.7.1 greylisted", permanent=False)),
        ("452 4.2.2 full", refused(452, "4.2.2 full", permanent=False)),
    ],
)
def test_hand_over_refused_is_told_and_the_next_mail_goes(
    sink: Sink, step: str, line: str, answer: Answer
) -> None:
    sink.reactions[step] = answering(line)
    with talking(sink.url) as connection:
        assert hand_over(connection) == answer
        del sink.reactions[step]
        assert hand_over(connection, MIKE) == ACCEPTED
    assert [(kept.recipient, kept.conversation) for kept in sink.kept] == [(MIKE, 1)]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_hand_over_server_that_takes_leave_is_called_again(sink: Sink, step: str) -> None:
    """RFC 5321 §3.8: an answer 421 ends the conversation, and is about no message."""
    sink.reactions[step] = answering("421 4.3.2 shutting down")
    with talking(sink.url) as connection:
        assert hand_over(connection) == refused(421, "4.3.2 shutting down", permanent=False)
        del sink.reactions[step]
        assert hand_over(connection) == ACCEPTED
    assert [kept.conversation for kept in sink.kept] == [2]


def test_hand_over_sender_refused_is_never_final(sink: Sink) -> None:
    """Our own address is refused: a fault of the configuration, which loses nobody's mail."""
    sink.reactions["MAIL"] = answering("553 5.7.1 sender not allowed")
    with talking(sink.url) as connection:
        answer = hand_over(connection)
    assert answer == refused(553, "5.7.1 sender not allowed", permanent=False)


def test_hand_over_unwelcome_host_is_no_refusal_of_the_mail(sink: Sink) -> None:
    sink.reactions |= dict.fromkeys(["EHLO", "HELO"], answering("550 5.7.1 go away"))
    with talking(sink.url) as connection, pytest.raises(ServerUnreachableError, match="go away"):
        hand_over(connection)


@pytest.mark.parametrize(
    ("step", "perhaps_taken"), [("MAIL", False), ("RCPT", False), ("DATA", True)]
)
def test_hand_over_line_cut_tells_whether_the_mail_had_left(
    sink: Sink, step: str, *, perhaps_taken: bool
) -> None:
    sink.reactions[step] = cut
    with talking(sink.url) as connection, pytest.raises(LineCutError) as error:
        hand_over(connection)
    assert error.value.perhaps_taken is perhaps_taken


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_hand_over_line_cut_is_no_answer(sink: Sink, step: str) -> None:
    sink.reactions[step] = cut
    with talking(sink.url) as connection:
        with pytest.raises(ServerUnreachableError):
            hand_over(connection)
        del sink.reactions[step]
        assert hand_over(connection, MIKE) == ACCEPTED
    assert sink.recipients[-1] == MIKE


def test_hand_over_server_that_never_answers_is_given_up() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with talking(url, timeout=0.1) as connection:
            with pytest.raises(ServerUnreachableError, match="timed out"):
                hand_over(connection)
            with pytest.raises(ServerUnreachableError, match="timed out"):
                connection.greet()


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_hand_over_server_that_falls_silent_is_given_up(sink: Sink, step: str) -> None:
    sink.reactions[step] = never
    with (
        talking(sink.url, timeout=0.2) as connection,
        pytest.raises(ServerUnreachableError, match="timed out"),
    ):
        hand_over(connection)


def test_hand_over_server_that_never_answers_a_whole_mail_is_given_up(sink: Sink) -> None:
    sink.reactions["DATA"] = never
    with (
        talking(sink.url, patience=0.3) as connection,
        pytest.raises(LineCutError, match="timed out"),
    ):
        hand_over(connection)


def test_hand_over_slow_answer_to_a_whole_mail_is_waited_for(sink: Sink) -> None:
    """RFC 5321 §4.5.3.2.6: whoever gives up on a server that scans the mail sends it twice."""

    async def scan(_turn: Turn) -> None:
        await asyncio.sleep(0.7)

    sink.reactions["DATA"] = scan
    with talking(sink.url, timeout=0.5) as connection:
        assert hand_over(connection) == ACCEPTED


def test_hand_over_server_that_sends_a_sign_at_a_time_is_given_up() -> None:
    """Each sign begins the wait of `smtplib` anew; the mail's lease would run out."""
    with create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(1) as pool:
        pool.submit(dribble, door)
        url = f"smtp://127.0.0.1:{door.getsockname()[1]}"
        with (
            talking(url, timeout=0.3) as connection,
            pytest.raises(ServerUnreachableError, match="timed out"),
        ):
            connection.greet()


def dribble(door: socket) -> None:
    line, _ = door.accept()
    with line, suppress(OSError):
        while True:
            line.sendall(b"2")
            time.sleep(0.05)


def test_hand_over_nobody_listens() -> None:
    with closing(create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    with (
        talking(f"smtp://127.0.0.1:{port}") as connection,
        pytest.raises(ServerUnreachableError, match="refused"),
    ):
        hand_over(connection)


def test_hand_over_host_name_that_cannot_be_one() -> None:
    with talking("smtp://mail..example.org") as connection, pytest.raises(ServerUnreachableError):
        hand_over(connection)


def test_hand_over_international_address_is_announced_once(sink: Sink) -> None:
    """RFC 6531 §3.4."""
    with talking(sink.url) as connection:
        assert hand_over(connection, JOSE) == ACCEPTED
        assert hand_over(connection, ADA) == ACCEPTED
    announced = [[word for word in kept.options if "SIZE" not in word] for kept in sink.kept]
    assert announced == [["SMTPUTF8", "BODY=8BITMIME"], []]
    assert sink.recipients == [JOSE, ADA]
    assert "To: josé@example.org\r\n".encode() in sink.kept[0].content


def test_hand_over_international_address_to_a_server_without_them_is_final() -> None:
    sink = Sink(international=False)
    with sink.listening(), talking(sink.url) as connection:
        answer = hand_over(connection, JOSE)
        assert hand_over(connection, ADA) == ACCEPTED
    text = "the mail server does not take internationalised addresses"
    assert answer == Answer(accepted=False, permanent=True, code=None, text=text)
    assert sink.recipients == [ADA]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 that nobody has signed; the key is in the same file."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", file),
        ],
        check=True,
        capture_output=True,
    )
    certificate = subprocess.run(
        [*("openssl", "x509", "-in", file)],
        check=True,
        capture_output=True,
    ).stdout
    file.with_name("trusted.pem").write_bytes(certificate)
    return file


@contextmanager
def tls_sink(
    certificate: Path, scheme: str, login: tuple[str, str] | None = None
) -> Iterator[tuple[Sink, str]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    sink = Sink(tls=context, implicit_tls=scheme == "smtps", login=login)
    with sink.listening():
        yield sink, sink.url.replace("smtp:", f"{scheme}:")


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_certificate_that_is_trusted(certificate: Path, scheme: str) -> None:
    trusted = str(certificate.with_name("trusted.pem"))
    with tls_sink(certificate, scheme) as (sink, url):
        with talking(url, trusted) as connection:
            assert hand_over(connection) == ACCEPTED
        assert sink.recipients == [ADA]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_certificate_of_the_system_is_trusted(
    certificate: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("trusted.pem")))
    with tls_sink(certificate, scheme) as (_, url), talking(url) as connection:
        assert hand_over(connection) == ACCEPTED


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_certificate_of_nobody_we_trust_gets_no_mail(certificate: Path, scheme: str) -> None:
    with tls_sink(certificate, scheme) as (sink, url):
        with (
            talking(url) as connection,
            pytest.raises(ServerUnreachableError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            hand_over(connection)
        assert sink.kept == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_certificate_of_another_host_gets_no_mail(certificate: Path, scheme: str) -> None:
    trusted = str(certificate.with_name("trusted.pem"))
    with tls_sink(certificate, scheme) as (sink, url):
        with (
            talking(url.replace("127.0.0.1", "localhost"), trusted) as connection,
            pytest.raises(ServerUnreachableError, match="Hostname mismatch"),
        ):
            hand_over(connection)
        assert sink.kept == []


def test_tls_server_that_does_not_offer_it_gets_no_mail(sink: Sink) -> None:
    """Nobody in between can talk us out of encryption."""
    with (
        talking(sink.url.replace("smtp:", "smtp+starttls:")) as connection,
        pytest.raises(ServerUnreachableError, match="STARTTLS"),
    ):
        hand_over(connection)
    assert sink.kept == []


def test_login_opens_the_server_that_asks_for_it(certificate: Path) -> None:
    trusted = str(certificate.with_name("trusted.pem"))
    with tls_sink(certificate, "smtp+starttls", ("a@b.org", "key:@/%")) as (sink, url):
        with talking(url.replace("//", "//a%40b.org:key%3A%40%2F%25@"), trusted) as connection:
            assert hand_over(connection) == ACCEPTED
        assert sink.recipients == [ADA]


@pytest.mark.parametrize("password", ["wrong-word", "mot-passé"])
def test_login_refused_hands_nothing_over_and_keeps_the_password_to_itself(
    certificate: Path, password: str
) -> None:
    """LOG-02; the second one cannot even be said in this protocol."""
    trusted = str(certificate.with_name("trusted.pem"))
    with tls_sink(certificate, "smtp+starttls", ("school", "right")) as (sink, url):
        server = url.replace("//", f"//school:{quote(password)}@")
        with (
            talking(server, trusted) as connection,
            pytest.raises(ServerUnreachableError) as refusal,
        ):
            hand_over(connection)
        assert password not in f"{refusal.value!r} {Server.from_url(server)!r}"
        assert sink.kept == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("smtp", "mail.example.org", 25)),
        ("smtps://mail.example.org", Server("smtps", "mail.example.org", 465)),
        ("smtp+starttls://mail.example.org", Server("smtp+starttls", "mail.example.org", 587)),
        ("smtp://[::1]:2525", Server("smtp", "::1", 2525)),
    ],
)
def test_from_url_scheme_says_how_and_where(url: str, server: Server) -> None:
    assert Server.from_url(url) == server


@given(st.text(), st.text())
def test_from_url_any_user_and_password(username: str, password: str) -> None:
    url = f"smtps://{quote(username, safe='')}:{quote(password, safe='')}@mail.example.org:2465"
    expected = Server("smtps", "mail.example.org", 2465, username, password)
    assert Server.from_url(url) == expected


@pytest.mark.parametrize(
    "url", ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:port"]
)
def test_from_url_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Server.from_url(url)
