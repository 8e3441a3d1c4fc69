import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import HeaderParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trousseau.mail import mime
from trousseau.mail.composing import Letter

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]  # fmt: skip
SENDER = "no-reply@itslearning.com"
# What names and subjects are made of when somebody means ill, or types in any script.
PIECES = st.sampled_from(
    [
        "\r\n", "\n", "\r", "\0", "\x0b", "\x1c", "\x7f", "\x85", "\u2028", "\u202e", " ", "\t",
        "Bcc: ada@example.org", '"', "\\", "<", ">", "(", ")", ",", ";", ":", "@", ".", "'",
        "ada@example.org", "=?utf-8?q?=0D=0ABcc:_ada=40example.org?=", "=?utf-8?b?DQpCY2M6IGFA?=",
        "=?", "?=", "é", "e\u0301", "日本語", "🎒", "a" * 90, "a" * 1000, "mots simples",
    ]
)  # fmt: skip
WORDS = st.lists(PIECES | st.text(), max_size=8).map("".join)
INJECTION = '\\ "=?utf-8?b?DQpCY2M6IGFkYUBleGFtcGxlLm9yZw==?= x'


DATE = datetime(2026, 9, 7, 6, 30, tzinfo=UTC)


def build(
    subject: str = "Nouveau mot de passe", sender_name: str = "LEIA", **changes: str
) -> EmailMessage:
    return build_letter(
        Letter(subject, "Bonjour,\nété\n", "<p>Bonjour, été</p>\n", sender_name), **changes
    )


def build_letter(letter: Letter, **changes: str) -> EmailMessage:
    details = {
        "sender": SENDER,
        "recipient": "mike@example.org",
        "identifier": "0123456789abcdef",
        "language": "fr",
        **changes,
    }
    return mime.build(letter, date=DATE, **details)


def raw_headers(content: bytes) -> list[tuple[str, str]]:
    """Split as the strictest and the laxest server would: any line break begins a header."""
    head = content.partition(b"\r\n\r\n")[0].decode()
    lines = re.split(r"\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n", head)
    return [
        (name, re.sub(r"\r\n", "", value)) for name, _, value in (x.partition(":") for x in lines)
    ]


def reread(mail: EmailMessage) -> Message:
    """Read headers with the library's older parser, which only decodes when told to."""
    return HeaderParser().parsestr(mail.as_bytes().partition(b"\r\n\r\n")[0].decode())


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def on_one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())[:250].rstrip()


@given(WORDS, WORDS, st.sampled_from(["mike@example.org", "josé@example.org"]))
@example(INJECTION, INJECTION, "mike@example.org")
@example(INJECTION, INJECTION, "josé@example.org")
def test_build_no_words_add_a_header(subject: str, sender_name: str, recipient: str) -> None:
    """VAL-07: neither a line break nor an encoded one in a name or a subject is taken for one."""
    content = build(subject, sender_name, recipient=recipient).as_bytes()
    assert [name for name, _ in raw_headers(content)] == HEADERS
    assert b"\0" not in content
    assert max(len(line) for line in content.split(b"\r\n")) < 998


@given(WORDS)
@example("College Pescetti, Cervione, annexe de Moriani-Plage (Haute-Corse), salle des professeurs")
@example(INJECTION)
def test_build_name_is_read_back_beside_the_sender(name: str) -> None:
    value = str(reread(build(sender_name=name))["From"])
    if not on_one_line(name):
        assert value == SENDER
        return
    phrase, _, address = re.sub(r"\r\n", "", value).rpartition(" ")
    assert address == f"<{SENDER}>"
    if phrase.startswith('"'):
        # Quoted to its very end: nothing in it can pass for the sender's address.
        assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', phrase)
        assert re.sub(r"\\(.)", r"\1", phrase[1:-1]) == on_one_line(name)
    else:
        assert decoded(phrase) == on_one_line(name)
        assert set(phrase).isdisjoint('()<>[]:;@\\,."')


@given(WORDS)
def test_build_subject_is_read_back(subject: str) -> None:
    assert decoded(str(reread(build(subject))["Subject"])) == on_one_line(subject)


def test_build_headers_tell_what_it_is() -> None:
    """MAIL-01, MAIL-07: one Auto-Submitted, Date, Message-ID and Content-Language."""
    headers = raw_headers(build().as_bytes())
    assert [name for name, _ in headers] == HEADERS
    told = {name: value.strip() for name, value in headers}
    told.pop("Content-Type")
    assert told == {
        "From": f"LEIA <{SENDER}>",
        "To": "mike@example.org",
        "Subject": "Nouveau mot de passe",
        "Date": "Mon, 07 Sep 2026 06:30:00 +0000",
        "Message-ID": "<0123456789abcdef@itslearning.com>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Language": "fr",
    }


def test_build_parts_are_the_text_and_then_the_page() -> None:
    """MAIL-07."""
    mail = message_from_bytes(build().as_bytes(), policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    parts = [
        (part.get_content_type(), part.get_content())
        for part in mail.iter_parts()
        if isinstance(part, EmailMessage)
    ]
    assert parts == [
        ("text/plain", "Bonjour,\r\nété\r\n"),
        ("text/html", "<p>Bonjour, été</p>\r\n"),
    ]


@given(st.text(), WORDS)
def test_build_any_text_is_read_back_line_by_line(text: str, html: str) -> None:
    letter = Letter("Sujet", text, html, "LEIA")
    content = build_letter(letter).as_bytes()
    assert content.isascii()
    body = content.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    mail = message_from_bytes(content, policy=policy.default)
    parts = [part.get_content() for part in mail.iter_parts() if isinstance(part, EmailMessage)]
    assert [part.split("\r\n") for part in parts] == [
        [*(words.splitlines() or [""]), ""] for words in (text, html)
    ]


def test_build_language_adds_no_header() -> None:
    """VAL-07."""
    content = build(language="fr\r\nBcc: a@b.org").as_bytes()
    assert [name for name, _ in raw_headers(content)] == HEADERS


def test_build_retry_has_the_same_message_id() -> None:
    first, again, other = build(), build(subject="Autre"), build(identifier="fedcba9876543210")
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_build_international_recipient_is_written_as_it_is() -> None:
    """RFC 6532: no encoded word stands in an address."""
    content = build(recipient="josé@xn--cole-9oa.fr").as_bytes()
    assert dict(raw_headers(content))["To"] == " josé@xn--cole-9oa.fr"


@pytest.mark.parametrize("sender", ["", "no-reply", "a@b.org\r\nBcc: c@d.org", "LEIA <a@b.org>"])
def test_build_sender_that_is_not_an_address_is_refused(sender: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        build(sender=sender)
