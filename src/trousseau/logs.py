"""Log lines that nothing sent to us can forge, and that hold no link's secret.

A path that somebody asked for may hold anything: line breaks that would begin a line of its
own, or the secret of a mailed link that is still good. Both formats see to it, whoever logs.
"""

import json
import logging
import re
from types import TracebackType
from typing import TypeAlias

ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

# The addresses of mailed links, plain or as part of a query.
_SECRET = re.compile(r"((?:/|%2f)(?:pwd|confirm|object)(?:/|%2f))[^/?#%\s\"'<>]+", re.IGNORECASE)


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
        """Return the line."""
        return on_one_line(without_secrets(super().formatMessage(record)))


class JsonLines(_WithoutSecrets):
    """Format each record as one JSON object a line, for machines that collect them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
