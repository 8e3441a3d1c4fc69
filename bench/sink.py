"""A mail server that takes everything and keeps nothing, as fast as Python can.

A thread a connection, replies of a few bytes, no parsing beyond the end of a line: what it
does in a second on one connection is the limit for whoever delivers to it.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.apart import FORK, begin_apart

_RECEIVED_AT_ONCE = 1 << 16
_END = b"\r\n.\r\n"


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
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_talk, args=(connection, figures), daemon=True).start()


def _talk(connection: socket.socket, figures: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        connection.sendall(b"220 sink\r\n")
        received = b""
        while piece := connection.recv(_RECEIVED_AT_ONCE):
            received += piece
            while b"\r\n" in received:
                line, _, received = received.partition(b"\r\n")
                word = line[:4].upper()
                if word == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    received = _swallow(connection, received, figures)
                elif word == b"EHLO":
                    connection.sendall(b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
                elif word == b"QUIT":
                    connection.sendall(b"221 bye\r\n")
                    return
                else:
                    connection.sendall(b"250 ok\r\n")


def _swallow(connection: socket.socket, received: bytes, figures: Any) -> bytes:
    while _END not in received:
        piece = connection.recv(_RECEIVED_AT_ONCE)
        if not piece:
            return b""
        received += piece
    mail, _, rest = received.partition(_END)
    now = time.monotonic()
    with figures.get_lock():
        figures[1] = figures[1] or now
        figures[2] = now
        figures[3] += len(mail)
        figures[0] += 1
    connection.sendall(b"250 ok\r\n")
    return rest
