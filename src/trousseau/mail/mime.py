"""From a letter to the bytes of RFC 5322: headers that tell the truth and cannot be injected."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from trousseau.addresses import split
from trousseau.mail.composing import Letter


class UnusableAddressError(ValueError):
    """The address cannot be written into a header or an envelope."""


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
    Raises UnusableAddressError when an address holds what no header may carry.
    """
    international = not recipient.isascii()
    mail = EmailMessage(policy=SMTPUTF8 if international else SMTP)
    _, sender_domain = split(sender)
    try:
        mail["From"] = Address(letter.sender_name, addr_spec=sender)
        mail["To"] = Address(addr_spec=recipient)
    except (ValueError, IndexError) as error:
        raise UnusableAddressError(str(error)) from error
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{identifier}@{sender_domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # After the content: setting that throws away every header about it.
    mail["Content-Language"] = language
    return mail
