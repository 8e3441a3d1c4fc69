"""Write the trail as JSON lines, with its seals, and check such an export elsewhere.

Flat memory, however long the trail. docs/audit.md has the schema. The last line proves that no
line is altered, missing or added since; the seals prove the same of what was exported.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from trousseau import clock
from trousseau.audit import chain, checks, records, sealing
from trousseau.audit.chain import Key, Leaf
from trousseau.audit.models import Event, Segment

VERSION = 1
_AT_ONCE = 1000


@dataclass(frozen=True)
class Choice:
    """Which events to export: of one organisation, from a moment on, before a moment."""

    organisation: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Choice()

    def of(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Return those of some events that are chosen."""
        if self.organisation is not None:
            events = events.filter(organisation=self.organisation)
        if self.since:
            events = events.filter(at__gte=self.since)
        if self.until:
            events = events.filter(at__lt=self.until)
        return events

    def as_record(self) -> dict[str, Any]:
        """Return the choice as the first line has it."""
        return {
            "organisation": self.organisation,
            "since": records.written(self.since) if self.since else None,
            "until": records.written(self.until) if self.until else None,
        }


def lines(choice: Choice) -> Iterator[str]:
    """Yield the lines: what this is, then events each segment before its seal, then the end."""
    running = hashlib.sha256()
    for record in _records(choice):
        line = json.dumps(record, ensure_ascii=True)
        running.update(line.encode() + b"\n")
        yield line
    key = chain.key()
    end = {"kind": "end", "key": key.name, "proof": key.closing(running.hexdigest())}
    yield json.dumps(end)


def check(written: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with an export, line by line; it needs the keys and no database."""
    return _Reading(chain.known_keys()).faults(written)


def _records(choice: Choice) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "export",
        "version": VERSION,
        "at": records.written(clock.now()),
        "choice": choice.as_record(),
    }
    reached, last = 0, None
    while segment := _after(last):
        yield from _sealed(segment, choice)
        reached, last = max(reached, segment.reached), segment
    overdue = [event.pk for event in sealing.late(last)] if last else []
    yield from map(_event, choice.of(Event.objects.filter(pk__in=overdue)).order_by("pk"))
    while batch := list(choice.of(Event.objects.filter(pk__gt=reached)).order_by("pk")[:_AT_ONCE]):
        yield from map(_event, batch)
        reached = batch[-1].pk


def _after(last: Segment | None) -> Segment | None:
    segments = Segment.objects.filter(number__gt=last.number if last else 0)
    return segments.order_by("number").first()


def _sealed(segment: Segment, choice: Choice) -> Iterator[dict[str, Any]]:
    leaves = [leaf.event for leaf in chain.unpacked(bytes(segment.leaves))]
    present = Event.objects.filter(pk__in=leaves)
    events = list(choice.of(present).order_by("pk"))
    if present.count() < len(leaves):
        # Perhaps they were over a moment ago: then the segment says so now.
        segment.refresh_from_db()
    yield from map(_event, events)
    yield {"kind": "seal", **records.of_segment(segment)}


def _event(event: Event) -> dict[str, Any]:
    return {"kind": "event", "id": event.pk, **records.of_event(event), "blanked": event.blanked}


class _Reading:
    """One pass through an export. It holds the events since the last seal and no more."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self._keys = keys
        self._running = hashlib.sha256()
        self._events: dict[int, dict[str, Any]] = {}
        self._everything = False
        self._number = 0
        self._head = ""
        self._ended = False

    def faults(self, written: Iterable[str]) -> Iterator[str]:
        for position, line in enumerate(written, start=1):
            try:
                record = json.loads(line)
                yield from self._line(line.rstrip("\n"), record)
            except (ValueError, KeyError, TypeError, AttributeError):
                yield f"line {position} cannot be read"
        if not self._ended:
            yield "the last line is missing: the export is cut off"

    def _line(self, line: str, record: dict[str, Any]) -> Iterator[str]:
        kind = record["kind"]
        if self._ended:
            yield "there is a line after the last one"
        if kind == "end":
            yield from self._end(record)
            return
        self._running.update(line.encode() + b"\n")
        if kind == "export":
            self._everything = not any(record["choice"].values())
        elif kind == "event":
            self._events[record["id"]] = record
        elif kind == "seal":
            yield from self._seal(record)
        else:
            yield f"a line of an unknown kind: {kind}"

    def _seal(self, seal: dict[str, Any]) -> Iterator[str]:
        if (seal["number"], seal["previous"]) != (self._number + 1, self._head):
            yield f"segment {seal['number']} does not hang on the one before"
        self._number, self._head = seal["number"], seal["head"]
        yield from checks.seal_faults(seal, self._keys)
        key = self._keys.get(seal["key"])
        if key:
            leaves = list(chain.unpacked(bytes.fromhex(seal["leaves"])))
            yield from self._leaves(key, leaves, set(seal["purged"]))
        self._events.clear()

    def _leaves(self, key: Key, leaves: list[Leaf], purged: set[int]) -> Iterator[str]:
        for leaf in leaves:
            record = self._events.pop(leaf.event, None)
            if record is None:
                if self._everything and leaf.event not in purged:
                    yield f"event {leaf.event} is missing"
                continue
            said = {name: record[name] for name in records.FIELDS}
            blanked, keys = record["blanked"], self._keys.values()
            yield from checks.event_faults(leaf, said, blanked, key, keys)
        yield from (f"event {number} stands under no seal" for number in self._events)

    def _end(self, record: dict[str, Any]) -> Iterator[str]:
        self._ended = True
        key = self._keys.get(record["key"])
        if key is None:
            yield f"the export was closed under the key {record['key']}, which is not given"
        elif not hmac.compare_digest(key.closing(self._running.hexdigest()), record["proof"]):
            yield "a line was altered, removed or added since the export"
