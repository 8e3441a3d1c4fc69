"""Speak SMTP: one connection for a batch, and an honest answer for every message."""

import logging
import smtplib
import ssl
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from trousseau.mail.line import Line, TLSLine

log = logging.getLogger(__name__)
# RFC 5321 §4.2.1: from here on the answer is final.
PERMANENT = 500
# RFC 5321 §3.8: the server ends the conversation, whatever mail it had come to.
TAKES_LEAVE = 421
# How long one mail may take in all, and so the longest that a step may.
PATIENCE_SECONDS = 50.0
SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True)
class Server:
    """Where mail is handed over; read from `TROUSSEAU_MAIL_URL`."""

    scheme: str
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    # Certificates to trust instead of the system's, for a server of one's own.
    ca_file: str = ""

    @property
    def name(self) -> str:
        """Where it is, for the log."""
        return f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str, ca_file: str = "") -> Self:
        """Read smtp://, smtps:// or smtp+starttls://, with user:password@ where needed."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            message = "the mail server's URL must look like smtp+starttls://user:password@host:587"
            raise ValueError(message)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or SCHEMES[parts.scheme],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca_file=ca_file,
        )


@dataclass(frozen=True)
class Answer:
    """What the mail server said of one message."""

    accepted: bool
    permanent: bool
    code: int | None
    text: str


class ServerUnreachableError(Exception):
    """The server does not answer, or refuses to talk to us at all: nothing was handed over."""


class LineCutError(ServerUnreachableError):
    """The conversation broke off in the middle of a mail.

    `perhaps_taken` tells that the mail had left whole, and that its answer is what is missing.
    """

    def __init__(self, words: str, *, perhaps_taken: bool) -> None:
        """Keep what decides whether trying again may cost one more mail."""
        super().__init__(words)
        self.perhaps_taken = perhaps_taken


class Connection:
    """One conversation with the mail server; opened at the first message, closed at the end."""

    def __init__(self, server: Server, timeout: float, patience: float = PATIENCE_SECONDS) -> None:
        """Prepare; nothing is opened yet. A step may take `timeout`, a mail `patience` seconds."""
        self.server = server
        self._timeout = timeout
        self._patience = patience
        self._client: Line | None = None
        # Whether this conversation has answered a mail before.
        self.is_seasoned = False

    def __enter__(self) -> Self:
        """Return the conversation."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take leave politely, whatever happened."""
        if self._client:
            try:
                self._client.quit()
            except (smtplib.SMTPException, OSError):
                self._client.close()
            self._client = None

    def greet(self) -> None:
        """Open the conversation, unless it is, and say no more. Raises ServerUnreachableError."""
        self._opened()

    def hand_over(self, mail: EmailMessage, sender: str, recipient: str) -> Answer:
        """Hand one message to the server and return its answer.

        An answer of class 5 is final, one of class 4 asks us to come back; so does every refusal
        of the sender, which is about us and not about this message. Raises ServerUnreachableError
        when no conversation came about, and LineCutError when it broke off within this mail.
        """
        client = self._opened()
        client.begin_mail(self._patience)
        try:
            answer = self._answer(client, mail, sender, recipient)
        except (smtplib.SMTPException, OSError) as error:
            perhaps_taken = client.sent_whole
            self._drop()
            raise LineCutError(_words(error), perhaps_taken=perhaps_taken) from error
        client.end_mail()
        # It may have been closed on a refusal; then the next one begins afresh.
        self.is_seasoned = self._client is not None and client.sock is not None
        return answer

    def _answer(self, client: Line, mail: EmailMessage, sender: str, recipient: str) -> Answer:
        try:
            client.send_message(mail, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            self._reset(client)
            code, text = next(iter(error.recipients.values()))
            return _refusal(code, text)
        except smtplib.SMTPNotSupportedError:
            return Answer(
                accepted=False,
                permanent=True,
                code=None,
                text="the mail server does not take internationalised addresses",
            )
        except smtplib.SMTPSenderRefused as error:
            self._reset(client)
            return replace(_refusal(error.smtp_code, error.smtp_error), permanent=False)
        except smtplib.SMTPResponseException as error:
            self._reset(client)
            return _refusal(error.smtp_code, error.smtp_error)
        return Answer(accepted=True, permanent=True, code=250, text="")

    def _opened(self) -> Line:
        if self._client is None:
            self._client = self._open()
            self.is_seasoned = False
        return self._client

    def _open(self) -> Line:
        server = self.server
        client: Line | None = None
        try:
            if server.scheme == "smtps":
                client = TLSLine(
                    server.host, server.port, timeout=self._timeout, context=self._trust()
                )
            else:
                client = Line(server.host, server.port, timeout=self._timeout)
            if server.scheme == "smtp+starttls":
                client.starttls(context=self._trust())
            # Said now: later, its refusal would pass for a refusal of the first message.
            client.ehlo_or_helo_if_needed()
            if server.username:
                client.login(server.username, server.password)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            # The last one: a host name or a password that the protocol has no signs for.
            if client:
                client.close()
            raise ServerUnreachableError(_words(error)) from error
        return client

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.server.ca_file or None)

    def _reset(self, client: Line) -> None:
        try:
            client.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._client:
            self._client.close()
        self._client = None


def _refusal(code: int, text: bytes | str) -> Answer:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(accepted=False, permanent=code >= PERMANENT, code=code, text=words)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
