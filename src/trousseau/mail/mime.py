"""From a letter to the bytes of RFC 5322: headers that tell the truth and cannot be injected."""

import quopri
import re
import secrets
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from trousseau.addresses import split
from trousseau.mail.composing import Letter

# Whatever the words, no line comes near the 998 signs of RFC 5322 §2.1.1.
LONGEST_WORDS = 250
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# RFC 5322 §3.2.3, with the blank: what may stand in a name without quotes.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


class _AsComposed(EmailPolicy):
    """Headers are what `build` has made of them: parsing them again would take longest of all."""

    def header_fetch_parse(self, _name: str, value: str) -> Any:
        """Return the text."""
        return value


# Words are encoded here, once: the library's own folding takes an encoded word in a name for its
# meaning, line breaks included, and drops the quotes of a long one (VAL-07).
_ASCII = _AsComposed(linesep="\r\n", refold_source="none")
_INTERNATIONAL = _ASCII.clone(utf8=True)


def build(
    letter: Letter,
    *,
    sender: str,
    recipient: str,
    language: str,
    identifier: str,
    date: datetime,
) -> EmailMessage:
    """Build a message of two parts, text and HTML, without any remote content (MAIL-07).

    `Message-ID` comes from the stored identifier, so that a retry is the same message to the
    recipient's server; `Auto-Submitted` keeps responders quiet (MAIL-01, RFC 3834 §5).
    `recipient` must be as `addresses.deliverable` gives it. Raises ValueError when `sender` is not
    an address alone.
    """
    mail = EmailMessage(policy=_ASCII if recipient.isascii() else _INTERNATIONAL)
    _, sender_domain = split(sender)
    # In two parts: whole, the library takes no letter outside ASCII.
    local, domain = split(recipient)
    boundary = f"=_{secrets.token_hex(16)}"
    headers = {
        "From": _mailbox(letter.sender_name, Address(addr_spec=sender)),
        "To": str(Address(username=local, domain=domain)),
        "Subject": _encoded("Subject", _one_line(letter.subject)),
        "Date": format_datetime(date),
        "Message-ID": f"<{identifier}@{sender_domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": _one_line(language),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    for name, value in headers.items():
        mail.set_raw(name, value)
    mail.set_payload([_part("plain", letter.text), _part("html", letter.html)])
    return mail


def _part(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=_ASCII)
    part.set_raw("Content-Type", f'text/{subtype}; charset="utf-8"')
    part.set_raw("Content-Transfer-Encoding", "quoted-printable")
    lines = "\n".join(text.splitlines()) + "\n"
    part.set_payload(quopri.encodestring(lines.encode()).decode("ascii"))
    return part


def _mailbox(name: str, address: Address) -> str:
    words = _one_line(name)
    if not words:
        return str(address)
    phrase = _encoded("From", words)
    if phrase == words and not _PLAIN.fullmatch(words):
        phrase = '"{}"'.format(re.sub(r'(["\\])', r"\\\1", words))
    return f"{phrase} <{address}>"


def _encoded(header: str, words: str) -> str:
    """Return words as a header may carry them (RFC 2047), folded where they are encoded."""
    if words.isascii() and "=?" not in words:
        return words
    return Header(words, "utf-8", header_name=header).encode(linesep="\r\n")


def _one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())[:LONGEST_WORDS].rstrip()
