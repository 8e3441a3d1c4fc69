"""The trail as it goes to the log, for whatever collects it elsewhere (LOG-06).

docs/audit.md has the schema.
"""

import json
import logging
from typing import Any

from trousseau.audit import records
from trousseau.audit.models import Event

log = logging.getLogger("trousseau.audit")
# In the order in which somebody reads a line.
_WORDS = ("organisation", "actor", "role", "subject", "address", "reference", "request")


def write(event: Event) -> None:
    """Write an event that is committed as one line of the log."""
    if log.isEnabledFor(logging.INFO):
        record = records.of_event(event)
        log.info("%s", _Line(record), extra={"event": record})


class _Line:
    """The readable form, made only when a line is written that is to be read."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record

    def __str__(self) -> str:
        record = self._record
        said = [f"{name}={record[name]}" for name in _WORDS if record[name]]
        told = [f"{name}={json.dumps(value)}" for name, value in record["facts"].items()]
        return " ".join([record["tag"], record["outcome"], *said, *told])
