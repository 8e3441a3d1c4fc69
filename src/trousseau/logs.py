"""Log lines that nothing sent to us can forge, and that hold no link's secret.

A path that somebody asked for may hold anything: line breaks that would begin a line of its
own, or the secret of a mailed link that is still good. Both formats see to it, whoever logs.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeAlias

ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

# The addresses of mailed links, plain or as part of a query.
_SECRET = re.compile(r"((?:/|%2f)(?:pwd|confirm|object)(?:/|%2f))[^/?#%\s\"'<>]+", re.IGNORECASE)

_request: ContextVar[str] = ContextVar("request", default="")


def request_reference() -> str:
    """Return the reference of the request under way, empty where there is none."""
    return _request.get()


@contextmanager
def of_request(reference: str) -> Iterator[None]:
    """Let every line written meanwhile, by whoever it is, bear this reference (LOG-01)."""
    token = _request.set(reference)
    try:
        yield
    finally:
        _request.reset(token)


def without_secrets(text: str) -> str:
    """Return a text with an ellipsis for the secret of each mailed link in it (LOG-02)."""
    return _SECRET.sub(r"\1...", text)


def on_one_line(text: str) -> str:
    """Return a text with everything escaped that is not seen when printed (LOG-05)."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


class _WithoutSecrets(logging.Formatter):
    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - Python names it
        """Return the traceback; each line but ours begins with blanks."""
        lines = without_secrets(super().formatException(ei)).split("\n")
        return "\n".join(f"  {on_one_line(line)}" for line in lines)


class TextLines(_WithoutSecrets):
    """Format each record as one line, and an exception as indented lines below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - Python names it
        """Return the line, with the reference of the request at its end."""
        line = on_one_line(without_secrets(super().formatMessage(record)))
        return f"{line} [{_request.get()}]" if _request.get() else line


class JsonLines(_WithoutSecrets):
    """Format each record as one JSON object a line, for machines that collect them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if _request.get():
            line["request"] = _request.get()
        if event := getattr(record, "event", None):
            line["event"] = event
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
