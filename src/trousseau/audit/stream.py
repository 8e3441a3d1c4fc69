"""The trail as it goes to the log, for whatever collects it elsewhere (LOG-06).

docs/audit.md has the schema, which `as_record` is.
"""

import json
import logging
from datetime import UTC
from typing import Any

from trousseau.audit.models import Event

log = logging.getLogger("trousseau.audit")
# Of `as_record`.
FIELDS = (
    "at",
    "tag",
    "outcome",
    "organisation",
    "actor",
    "role",
    "subject",
    "address",
    "agent",
    "reference",
    "request",
    "facts",
)
# In the order in which somebody reads a line.
_WORDS = ("organisation", "actor", "role", "subject", "address", "reference", "request")


def write(event: Event) -> None:
    """Write an event that is committed as one line of the log."""
    if log.isEnabledFor(logging.INFO):
        record = as_record(event)
        log.info("%s", _Line(record), extra={"event": record})


def as_record(event: Event) -> dict[str, Any]:
    """Return an event as the log and the export have it, time in UTC."""
    return {
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "tag": str(event.tag),
        "outcome": str(event.outcome),
        "organisation": event.organisation,
        "actor": event.actor,
        "role": event.role,
        "subject": event.subject,
        "address": str(event.address or ""),
        "agent": event.agent,
        "reference": event.reference,
        "request": event.request,
        "facts": event.facts,
    }


class _Line:
    """The readable form, made only when a line is written that is to be read."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record

    def __str__(self) -> str:
        record = self._record
        said = [f"{name}={record[name]}" for name in _WORDS if record[name]]
        told = [f"{name}={json.dumps(value)}" for name, value in record["facts"].items()]
        return " ".join([record["tag"], record["outcome"], *said, *told])
