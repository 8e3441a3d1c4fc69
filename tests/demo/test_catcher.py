import asyncio
import mailbox
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trousseau.demo.catcher import MAX_MAIL_BYTES, CaughtMail, catching, caught, listen

SENDER = "no-reply@example.org"
RECIPIENT = "monadressemail@hebergeur.com"


def mail(**changes: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {
        "From": f"Trousseau été <{SENDER}>",
        "To": f"Monique <{RECIPIENT}>",
        "Subject": "LEIA : choisir un nouveau mot de passe, à Cervione, dès que vous le pourrez",
        "Date": "Mon, 07 Sep 2026 08:30:00 +0200",
        **changes,
    }.items():
        message[name] = value
    message.set_content("Bonjour,\nvotre accès est prêt.\n")
    message.add_alternative("<p>Bonjour, votre accès est prêt.</p>\n", subtype="html")
    return message


def deliver(maildir: Path, send: Callable[[smtplib.SMTP], object]) -> None:
    """Let `send` speak to a catcher of its own, over a real connection."""

    def speak(host: str, port: int) -> None:
        with smtplib.SMTP(host, port, timeout=30) as client:
            send(client)

    async def exchange() -> None:
        listener = listen("127.0.0.1", 0)
        host, port = listener.getsockname()
        async with catching(listener, maildir):
            await asyncio.to_thread(speak, host, port)

    # In a thread of its own: a browser test may have left a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(exchange())).result()


def store(maildir: Path, content: bytes) -> CaughtMail:
    """Keep the bytes as they are: for what no SMTP library agrees to send."""
    mailbox.Maildir(maildir / "mail").add(content)
    return caught(maildir / "mail")[0]


def test_catcher_mail_sent_is_read_back_decoded(tmp_path: Path) -> None:
    deliver(tmp_path, lambda client: client.send_message(mail()))
    (found,) = caught(tmp_path)
    assert found == CaughtMail(
        key=found.key,
        to=RECIPIENT,
        from_=f"Trousseau été <{SENDER}>",
        subject="LEIA : choisir un nouveau mot de passe, à Cervione, dès que vous le pourrez",
        date=datetime(2026, 9, 7, 6, 30, tzinfo=UTC),
        text="Bonjour,\nvotre accès est prêt.\n",
        html="<p>Bonjour, votre accès est prêt.</p>\n",
        headers=found.headers,
    )
    assert list(found.headers) == [
        "X-Envelope-From", "X-Envelope-To", "From", "To", "Subject", "Date", "MIME-Version",
        "Content-Type",
    ]  # fmt: skip
    assert found.headers["To"] == f"Monique <{RECIPIENT}>"


def test_catcher_envelope_is_kept_beside_the_headers(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        lambda client: client.sendmail(
            "bounces@example.org",
            ["a@example.org", "b@example.org"],
            mail().as_bytes(),
        ),
    )
    (found,) = caught(tmp_path)
    assert found.to == "a@example.org, b@example.org"
    assert found.headers["X-Envelope-From"] == "bounces@example.org"
    assert found.headers["X-Envelope-To"] == "a@example.org, b@example.org"


def test_catcher_empty_sender_is_accepted(tmp_path: Path) -> None:
    deliver(tmp_path, lambda client: client.sendmail("", [RECIPIENT], "Subject: Rebut\n\nPerdu\n"))
    (found,) = caught(tmp_path)
    assert (found.from_, found.subject, found.text) == ("<>", "Rebut", "Perdu\n")


def test_catcher_address_outside_ascii_is_accepted(tmp_path: Path) -> None:
    message = mail(To="Zoé <zoé.mariani@école.example>")
    deliver(tmp_path, lambda client: client.send_message(message))
    (found,) = caught(tmp_path)
    assert found.to == "zoé.mariani@école.example"
    assert found.headers["To"] == "Zoé <zoé.mariani@école.example>"


def test_catcher_latest_mail_comes_first(tmp_path: Path) -> None:
    def send(client: smtplib.SMTP) -> None:
        for number in range(12):
            client.send_message(mail(Subject=f"mail {number}"))

    deliver(tmp_path, send)
    assert [m.subject for m in caught(tmp_path)] == [f"mail {n}" for n in reversed(range(12))]


def test_catcher_mail_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """VAL-09."""

    def send(client: smtplib.SMTP) -> None:
        client.ehlo()
        assert client.esmtp_features["size"] == str(MAX_MAIL_BYTES)
        client.sendmail(SENDER, [RECIPIENT], b"Subject: a\n\n" + b"a" * 70 + b"\n")
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail(SENDER, [RECIPIENT], b"x\n" * (MAX_MAIL_BYTES // 2 + 1))
        assert refused.value.smtp_code == 552

    deliver(tmp_path, send)
    assert [m.subject for m in caught(tmp_path)] == ["a"]


def test_catcher_nothing_caught_is_an_empty_list(tmp_path: Path) -> None:
    assert caught(tmp_path) == []
    assert caught(tmp_path / "missing") == []


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1"])
def test_listen_address_of_the_network_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_listen_port_zero_is_chosen_by_the_system(host: str) -> None:
    with listen(host, 0) as first, listen(host, 0) as second:
        assert first.getsockname()[0] == "127.0.0.1"
        assert len({first.getsockname()[1], second.getsockname()[1], 0}) == 3


def test_serve_told_to_stop_ends_cleanly_despite_an_idle_client(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as chosen:
        port = chosen.getsockname()[1]
    program = (
        "import sys, pathlib; from trousseau.demo.catcher import serve; "
        "serve('127.0.0.1', int(sys.argv[1]), pathlib.Path(sys.argv[2]), "
        "lambda: print('ready', flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, str(port), str(tmp_path / "mail")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.send_message(mail())
            server.send_signal(signal.SIGTERM)
            output, errors = server.communicate(timeout=30)
    assert (server.returncode, output, errors) == (0, "", "")
    assert [m.to for m in caught(tmp_path / "mail")] == [RECIPIENT]


@pytest.mark.parametrize(
    ("forged", "subject"),
    [
        ("x-envelope-to: b@example.org\nSubject: Un\nsubject: Deux\n\n", "Un"),
        (" , b@example.org\n\n", ""),
    ],
)
def test_caught_recipient_cannot_be_forged(tmp_path: Path, forged: str, subject: str) -> None:
    deliver(tmp_path, lambda client: client.sendmail(SENDER, ["a@example.org"], forged))
    (found,) = caught(tmp_path)
    assert (found.to, found.headers["X-Envelope-From"], found.subject) == (
        "a@example.org",
        SENDER,
        subject,
    )


def test_caught_attachment_is_not_taken_for_the_body(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "feuille"
    message.add_attachment("la pièce jointe")
    message.add_attachment("<p>Le corps</p>", subtype="html", disposition="inline")
    found = store(tmp_path, message.as_bytes())
    assert (found.text, found.html) == ("", "<p>Le corps</p>\n")


@pytest.mark.parametrize(
    ("content", "subject", "text"),
    [
        (b"", "", ""),
        (b"\n\n", "", "\n"),
        (b"no header at all", "", "no header at all"),
        ("Subject: déjà vu\n\nété".encode(), "déjà vu", "été"),
        (b"Subject: \xff\xfe\n\n\xff", "\ufffd\ufffd", "\ufffd"),
        (b"Subject: =?nowhere?q?a?=\n\n", "=?nowhere?q?a?=", ""),
        (b"Subject: =?utf-8?b?a?=\n\n", "=?utf-8?b?a?=", ""),
        (b"Subject: =?utf-8?q?=C3=A9t?=\n =?utf-8?q?=C3=A9?=\n\n", "été", ""),
        (b"Subject: un\n  deux\n\n", "un  deux", ""),
        (b"Content-Type: text/plain; charset=nowhere\n\n\xc3\xa9", "", "é"),
        (b"Content-Type: text/plain; charset=\0\n\n\xc3\xa9", "", "é"),
        (b"Content-Transfer-Encoding: base64\n\n%%%", "", ""),
        (b"Content-Type: multipart/mixed\n\nno boundary", "", ""),
    ],
)  # fmt: skip
def test_caught_malformed_mail_is_shown_as_well_as_can_be(
    tmp_path: Path,
    content: bytes,
    subject: str,
    text: str,
) -> None:
    found = store(tmp_path, content)
    assert (found.subject, found.text) == (subject, text)


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Sep 2026 99:99:99 +0200", ""])
def test_caught_date_that_is_none_falls_back_to_the_arrival(tmp_path: Path, date: str) -> None:
    before = datetime.now(UTC)
    found = store(tmp_path, f"Date: {date}\n\n".encode())
    assert before <= found.date <= datetime.now(UTC)


def test_caught_parts_nested_beyond_reason_do_not_break_the_list(tmp_path: Path) -> None:
    content = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)
    )
    found = store(tmp_path, content)
    assert found.text.startswith("Content-Type: multipart/mixed")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                b"Subject: ", b"From: ", b"Date: ", b"Content-Type: ", b"multipart/mixed; ",
                b"text/html; ", b"boundary=b", b"charset=", b"utf-7", b"idna", b"\n", b"\n\n",
                b"--b\n", b"--b--\n", b"=?utf-8?q?", b"=?x?b?", b"?=", b"filename*0*=", b"'", b'"',
                b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode",
                b"begin 666 a\n", b"\xff", b"\0", b"(", b"<", b"99",
            ],
        )
        | st.binary(max_size=12),
    ),
)  # fmt: skip
def test_caught_any_bytes_give_one_readable_mail(tmp_path: Path, pieces: list[bytes]) -> None:
    for key in (box := mailbox.Maildir(tmp_path / "mail")).keys():  # noqa: SIM118 - not a dict
        box.remove(key)
    found = store(tmp_path, b"".join(pieces))
    assert found.date.tzinfo is not None
    for value in (found.subject, found.from_, found.text, found.html, *found.headers.values()):
        assert value.encode().decode() == value
