"""A mail server that takes everything and keeps nothing: aiosmtpd, as the tests and the demo use.

It speaks the whole protocol and checks what it is told, as the server next door would. What it
does in a second on one connection is the limit for whoever delivers to it.
"""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.apart import FORK, begin_apart


class Sink:
    """A running sink: its port, and how many mails came, the first and the last when."""

    def __init__(self, port: int, figures: Any) -> None:
        """Read the figures that the sink's process writes."""
        self.port = port
        self._figures = figures

    def forget(self) -> None:
        """Begin to count anew."""
        self._figures[:] = [0.0, 0.0, 0.0, 0.0]

    @property
    def mails(self) -> int:
        """How many mails came."""
        return int(self._figures[0])

    @property
    def seconds(self) -> float:
        """From the first mail to the last."""
        return float(self._figures[2] - self._figures[1])

    @property
    def mean_size(self) -> float:
        """Bytes of a mail, on average."""
        return float(self._figures[3] / self._figures[0]) if self._figures[0] else 0.0


@contextmanager
def running() -> Iterator[Sink]:
    """Run a sink in a process of its own while the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    figures = FORK.Array("d", 4)
    process = FORK.Process(target=_serve, args=(listener, figures), daemon=True)
    process.start()
    try:
        yield Sink(listener.getsockname()[1], figures)
    finally:
        process.terminate()
        process.join()
        listener.close()


def _serve(listener: socket.socket, figures: Any) -> None:
    begin_apart()
    asyncio.run(_accept(listener, figures))


async def _accept(listener: socket.socket, figures: Any) -> None:
    loop = asyncio.get_running_loop()
    counter = _Counter(figures)
    server = await loop.create_server(
        lambda: SMTP(counter, enable_SMTPUTF8=True, loop=loop), sock=listener
    )
    await server.serve_forever()


class _Counter:
    def __init__(self, figures: Any) -> None:
        self._figures = figures

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        now = time.monotonic()
        with self._figures.get_lock():
            self._figures[1] = self._figures[1] or now
            self._figures[2] = now
            self._figures[3] += len(envelope.content or b"")
            self._figures[0] += 1
        return "250 ok"
