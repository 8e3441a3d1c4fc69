"""A line to the mail server that the server cannot hold for longer than we mean to wait.

The timeouts of `smtplib` begin anew with every byte that arrives, so a server that sends one a
second would keep a worker for hours, and its mails' leases would run out. Here they hold for a
whole step, and for a whole mail.
"""

import io
import math
import smtplib
import time
from typing import Any


class Line(smtplib.SMTP):
    """The client of `smtplib`; `timeout` is for each step, and `begin_mail` limits a mail."""

    # Of the class, because `smtplib` speaks its first words while the object is being made.
    _mail_ends = math.inf
    _answer_ends = math.inf
    # All of the mail has left, and no answer has come: the server may have it.
    sent_whole = False

    def begin_mail(self, seconds: float) -> None:
        """Have the next mail take so many seconds at most, from its first word to its answer."""
        self._mail_ends = time.monotonic() + seconds
        self.sent_whole = False

    def end_mail(self) -> None:
        """Go back to the limit of each step alone."""
        self._mail_ends = math.inf
        self.sent_whole = False

    def send(self, s: Any) -> None:
        """Send a command, or a mail: the one thing that comes as bytes."""
        if self.sock:
            self.sock.settimeout(self._left(self._step_ends()))
        super().send(s)
        self.sent_whole = isinstance(s, bytes)

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer within the step's limit.

        That to a whole mail may take all the time that the mail has left: to give up on a slow
        server costs one more mail (RFC 5321 §4.5.3.2.6).
        """
        self._answer_ends = self._mail_ends if self.sent_whole else self._step_ends()
        if self.file is None and self.sock:
            self.file = io.BufferedReader(_Ear(self))
        answer = super().getreply()
        self.sent_whole = False
        return answer

    def hear(self, buffer: bytearray) -> int:
        """Read what has arrived, or wait for it until the answer's time is over."""
        if not self.sock:
            return 0
        self.sock.settimeout(self._left(self._answer_ends))
        return self.sock.recv_into(buffer)

    def _step_ends(self) -> float:
        return min(time.monotonic() + self.timeout, self._mail_ends)

    def _left(self, end: float) -> float:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class TLSLine(Line, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


class _Ear(io.RawIOBase):
    """What `smtplib` reads answers from, in place of a file that knows no end."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.hear(buffer)
