"""The demo's post office: takes every mail by SMTP, delivers none, keeps them in a Maildir."""

import asyncio
import ipaddress
import mailbox
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MAIL_BYTES = 10 * 1024 * 1024

# The name the standard library gives to a Maildir file: seconds, microseconds, process, counter.
_KEY = re.compile(r"(\d+)\.M(\d+)P\d+Q(\d+)\.")
_FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True)
class CaughtMail:
    """One mail, readable whatever its sender did to it.

    `to` names those it was really handed over for (the envelope, comma-separated), `from_` is what
    its reader sees. `date` falls back to the moment of arrival. Header names are kept as sent; of
    a repeated header the first counts.
    """

    key: str
    to: str
    from_: str
    subject: str
    date: datetime
    text: str
    html: str
    headers: dict[str, str]


def serve(host: str, port: int, maildir: Path, ready: Callable[[], None] | None = None) -> None:
    """Catch mails until SIGINT or SIGTERM; `ready` is called once connections are accepted.

    Outside the main thread, where signals do not arrive, it runs until the process ends.
    Raises ValueError for an address other than loopback, OSError if it is taken.
    """
    with listen(host, port) as listener:
        serve_on(listener, maildir, ready)


def serve_on(
    listener: socket.socket, maildir: Path, ready: Callable[[], None] | None = None
) -> None:
    """Do as `serve`, on a socket that is bound already."""
    asyncio.run(_serve_until_told(listener, maildir, ready))


def listen(host: str, port: int) -> socket.socket:
    """Bind a loopback address; with port 0 the system chooses a free one.

    The catcher asks for no password and shows what it caught, so no other machine may reach it.
    """
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        message = f"{host} is not a loopback address"
        raise ValueError(message)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    return socket.create_server((str(address), port), family=family)


@asynccontextmanager
async def catching(listener: socket.socket, maildir: Path) -> AsyncIterator[None]:
    """Accept mails on a bound socket while the block runs."""
    loop = asyncio.get_running_loop()
    keeper = _Keeper(_opened(maildir))

    def protocol() -> SMTP:
        return SMTP(
            keeper,
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Trousseau demo",
            loop=loop,
        )

    server = await loop.create_server(protocol, sock=listener)
    try:
        yield
    finally:
        # Not awaited: that would wait for clients which keep an idle connection open.
        server.close()


async def _serve_until_told(
    listener: socket.socket, maildir: Path, ready: Callable[[], None] | None
) -> None:
    told = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with catching(listener, maildir):
        if ready:
            ready()
        await told.wait()


class _Keeper:
    def __init__(self, box: mailbox.Maildir) -> None:
        self._box = box

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from or ''}\nX-Envelope-To: {recipients}\n"
        # A mail that begins with a blank would continue our last header.
        content = (envelope.original_content or b"").lstrip(b" \t").replace(b"\r\n", b"\n")
        self._box.add(head.encode("utf-8", "replace") + content)
        return "250 2.0.0 Caught"


def _opened(maildir: Path) -> mailbox.Maildir:
    for folder in ("tmp", "new", "cur"):
        (maildir / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return mailbox.Maildir(maildir, create=False)


def caught(maildir: Path) -> list[CaughtMail]:
    """Read every mail caught so far, the latest first; none if nothing was ever caught."""
    if not (maildir / "new").is_dir():
        return []
    box = mailbox.Maildir(maildir, create=False)
    mails = []
    for key in sorted(box.keys(), key=_arrival, reverse=True):
        try:
            content = box.get_bytes(key)
        except (KeyError, FileNotFoundError):
            continue  # the demo was reset meanwhile
        mails.append(_read(key, content))
    return mails


def _arrival(key: str) -> tuple[int, int, int]:
    match = _KEY.match(key)
    return (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)


def _read(key: str, content: bytes) -> CaughtMail:
    seconds, microseconds, _ = _arrival(key)
    arrived = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    try:
        message = message_from_bytes(content)
        text, html = _body(message, "text/plain"), _body(message, "text/html")
    except Exception:  # noqa: BLE001 - the parser fails in many ways; show what came all the same
        message, text, html = Message(), content.decode("utf-8", "replace"), ""
    headers = _headers(message.raw_items())
    field = {name.lower(): value for name, value in headers.items()}.get
    return CaughtMail(
        key=key,
        to=field("x-envelope-to", ""),
        from_=field("from") or field("x-envelope-from", ""),
        subject=field("subject", ""),
        date=_date(field("date", ""), arrived),
        text=text,
        html=html,
        headers=headers,
    )


def _headers(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    seen = set()
    for name, value in items:
        if name.lower() not in seen:
            seen.add(name.lower())
            headers[_utf8(name)] = _decoded(value)
    return headers


def _decoded(value: str) -> str:
    """Unfold, read raw UTF-8 (RFC 6532), then encoded words (RFC 2047) if they are sound."""
    text = _FOLD.sub("", _utf8(value))
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _utf8(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _date(value: str, otherwise: datetime) -> datetime:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return otherwise
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _body(message: Message, content_type: str) -> str:
    for part in message.walk():
        attached = part.get_content_disposition() == "attachment"
        payload = part.get_payload(decode=True)
        if part.get_content_type() == content_type and not attached and isinstance(payload, bytes):
            return _text(payload, part.get_content_charset("utf-8")).replace("\r\n", "\n")
    return ""


def _text(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
