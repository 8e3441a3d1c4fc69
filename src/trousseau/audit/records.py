"""Events and segments as plain values: what the log, the export and the seals are made of.

docs/audit.md has the schema.
"""

from datetime import UTC, datetime
from typing import Any

from trousseau.audit.models import Event, Segment

# Of an event, in the order in which it is written.
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


def of_event(event: Event) -> dict[str, Any]:
    """Return an event by its fields, time in UTC."""
    return {
        "at": written(event.at),
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


def of_segment(segment: Segment) -> dict[str, Any]:
    """Return a segment with all that its proofs are computed from."""
    return {
        "number": segment.number,
        "sealed_at": written(segment.sealed_at),
        "reached": segment.reached,
        "open": segment.open,
        "leaves_digest": segment.leaves_digest,
        "key": segment.key,
        "previous": segment.previous,
        "head": segment.head,
        "leaves": bytes(segment.leaves).hex(),
        "purged": segment.purged,
        "emptied": segment.emptied,
        "amended": segment.amended,
    }


def written(moment: datetime) -> str:
    """Return a moment in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
