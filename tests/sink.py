"""A mail server for one test: a real listener that keeps what it accepts.

At any step of the conversation a test may have a reaction of its own: an answer, a pause, a
cut line.
"""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pytest_django import Settings

DEADLINE_SECONDS = 30


@dataclass(frozen=True)
class Kept:
    """A mail that arrived whole; `conversation` counts the connections from 1."""

    sender: str
    recipient: str
    options: list[str]
    conversation: int
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


@dataclass(frozen=True)
class Turn:
    """Where a conversation stands when a reaction is asked for."""

    server: SMTP
    recipient: str
    conversation: int

    def cut(self) -> None:
        assert isinstance(self.server.transport, asyncio.WriteTransport)
        self.server.transport.abort()


# What is answered; None for what the server says by itself.
Reaction = Callable[[Turn], Awaitable[str | None]]


def answering(text: str) -> Reaction:
    async def answer(_turn: Turn) -> str:
        return text

    return answer


async def never(_turn: Turn) -> None:
    await asyncio.Event().wait()


async def cut(turn: Turn) -> None:
    turn.cut()


@dataclass
class Sink:
    """Keeps what it accepts. `reactions` are named after EHLO, HELO, MAIL, RCPT, DATA, QUIT."""

    reactions: dict[str, Reaction] = field(default_factory=dict)
    international: bool = True
    implicit_tls: bool = False
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    kept: list[Kept] = field(default_factory=list)
    conversations: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.kept]

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[None]:
        """Serve in a thread of its own."""
        started = threading.Event()
        stopping = asyncio.Event()
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            context = self.tls if self.implicit_tls else None
            server = await loop.create_server(self._protocol, "127.0.0.1", port, ssl=context)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await stopping.wait()
            server.close()
            for transport in self._transports:
                transport.abort()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
                await asyncio.wait({task})

        self._transports: list[asyncio.WriteTransport] = []
        thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
        thread.start()
        assert started.wait(DEADLINE_SECONDS)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stopping.set)
            thread.join(DEADLINE_SECONDS)
            loop.close()

    def _protocol(self) -> SMTP:
        self.conversations += 1
        options: dict[str, Any] = {"enable_SMTPUTF8": self.international}
        if self.tls and not self.implicit_tls:
            options |= {"tls_context": self.tls, "require_starttls": True}
        if self.login:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        server = _Server(_Conversation(self, self.conversations).hooks(), **options)
        server.transports = self._transports
        return server

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any
    ) -> AuthResult:
        pair = (given.login.decode(), given.password.decode())
        return AuthResult(success=pair == self.login, handled=False)


class _Conversation:
    """One connection's answers, each after the test's own reaction to that step."""

    def __init__(self, sink: Sink, number: int) -> None:
        self.sink = sink
        self.number = number

    def hooks(self) -> SimpleNamespace:
        return SimpleNamespace(
            handle_EHLO=self.ehlo,
            handle_HELO=self.helo,
            handle_MAIL=self.mail,
            handle_RCPT=self.rcpt,
            handle_DATA=self.data,
            handle_QUIT=self.quit,
        )

    async def react(self, step: str, server: SMTP, recipient: str = "") -> str | None:
        reaction = self.sink.reactions.get(step)
        return await reaction(Turn(server, recipient, self.number)) if reaction else None

    async def ehlo(
        self, server: SMTP, session: Session, _envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        refusal = await self.react("EHLO", server)
        session.host_name = None if refusal else name
        return [refusal] if refusal else lines

    async def helo(self, server: SMTP, session: Session, _envelope: Envelope, name: str) -> str:
        refusal = await self.react("HELO", server)
        session.host_name = None if refusal else name
        return refusal or "250 sink"

    async def mail(
        self, server: SMTP, _session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        refusal = await self.react("MAIL", server)
        if not refusal:
            envelope.mail_from, envelope.mail_options = sender, options
        return refusal or "250 OK"

    async def rcpt(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = await self.react("RCPT", server, address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def data(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        (recipient,) = envelope.rcpt_tos
        answer = await self.react("DATA", server, recipient) or "250 kept"
        if answer.startswith("250"):
            content = envelope.original_content or b""
            sender, options = envelope.mail_from or "", list(envelope.mail_options)
            self.sink.kept.append(Kept(sender, recipient, options, self.number, content))
        return answer

    async def quit(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return await self.react("QUIT", server) or "221 Bye"


class _Server(SMTP):
    transports: list[asyncio.WriteTransport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transports.append(transport)
        super().connection_made(transport)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """Serve as the mail server of the settings."""
    server = Sink()
    with server.listening():
        settings.MAIL_URL = server.url
        yield server
