"""What this machine can do at most at this moment: the figure beside every figure.

A limit is measured just before and just after what it is compared with, so that a machine
that is shared, throttled or merely slow spoils both alike.
"""

import os
import smtplib
import socket
import time
from collections.abc import Callable
from itertools import repeat
from typing import BinaryIO

import argon2

from bench import load, wire
from bench.apart import apart, side_by_side
from bench.plan import Plan
from bench.sink import Sink

# The product's defaults, written out: a limit must not follow the code it judges.
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
WORD = "tambour-lagune-cerise-42"
CONNECTIONS = 16
# As large as a recovery mail of the product.
MAIL = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 140


class Limits:
    """The limits of one run, each measured when asked for."""

    def __init__(self, plan: Plan, bare_port: int, sink: Sink) -> None:
        """Remember whom to ask."""
        self._plan = plan
        self._port = bare_port
        self._sink = sink
        self._measures: dict[str, Callable[[], float]] = {
            "argon2": self._argon2,
            "bare page": self._bare_page,
            "sink": self._smtp,
        }
        self._last: tuple[str, float] | None = None

    def now(self, name: str) -> float:
        """Return a limit a second; nothing else having run since, the one just measured."""
        if self._last is None or self._last[0] != name:
            self._last = (name, self._measures[name]())
        return self._last[1]

    def something_ran(self) -> None:
        """Have the next limit measured anew."""
        self._last = None

    def _argon2(self) -> float:
        return argon2_verifications(self._plan.hashing)

    def _bare_page(self) -> float:
        return pages(self._port, "/", self._plan.warm_up / 2, self._plan.bare)

    def _smtp(self) -> float:
        return apart(mails_by_socket, self._sink.port, self._plan.sink)

    def ceiling(self) -> float:
        """Return what the load generator reaches where no Python serves."""
        return pages(self._port, "/static/page", self._plan.warm_up, self._plan.bare)

    def sink_by_smtplib(self) -> float:
        """Return the sink's rate for whoever uses Python's own SMTP client."""
        return apart(mails_by_smtplib, self._sink.port, self._plan.sink)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def argon2_verifications(seconds: float) -> float:
    """Return verifications a second, in as many processes as cores."""
    stored = HASHER.hash(WORD)
    start = time.monotonic() + 0.1
    return sum(side_by_side([lambda: _verify(stored, start, seconds)] * cores()))


def _verify(stored: str, start: float, seconds: float) -> float:
    HASHER.verify(stored, WORD)
    time.sleep(max(0.0, start - time.monotonic()))
    begun, done = time.monotonic(), 0
    while time.monotonic() < begun + seconds:
        HASHER.verify(stored, WORD)
        done += 1
    return done / (time.monotonic() - begun)


def pages(port: int, path: str, warm_up: float, seconds: float) -> float:
    """Return how often a second a page is served, on 16 connections kept open."""
    step = load.Step(wire.get(port, path), 200)
    return apart(
        load.drive, port, [repeat(step) for _ in range(CONNECTIONS)], warm_up, seconds
    ).rate


def mails_by_socket(port: int, seconds: float) -> float:
    """Return how many ready-made mails the sink takes in a second on one connection."""
    words = [b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@d.example>\r\n", b"DATA\r\n"]
    words.append(MAIL + b"\r\n.\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = connection.makefile("rb")
        _hear(answers)
        connection.sendall(b"EHLO bench\r\n")
        _hear(answers)
        begun, done = time.monotonic(), 0
        while time.monotonic() < begun + seconds:
            for word in words:
                connection.sendall(word)
                _hear(answers)
            done += 1
        return done / (time.monotonic() - begun)


def _hear(answers: BinaryIO) -> None:
    """Wait for a whole answer: what is left of one would pass for the next."""
    while answers.readline()[3:4] == b"-":
        pass


def mails_by_smtplib(port: int, seconds: float) -> float:
    """Return the same, by the client of Python's standard library."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        begun, done = time.monotonic(), 0
        while time.monotonic() < begun + seconds:
            client.sendmail("a@b.example", ["c@d.example"], MAIL)
            done += 1
        return done / (time.monotonic() - begun)
