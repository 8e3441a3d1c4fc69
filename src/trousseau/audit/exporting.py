"""Write the trail as JSON lines, with its seals, and check such an export elsewhere.

Flat memory, however long the trail. docs/audit.md has the schema. The last line proves that no
line is altered, missing or added since; the seals prove the same of what was exported.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from trousseau import clock
from trousseau.audit import chain, stream
from trousseau.audit.chain import Key, Leaf
from trousseau.audit.models import Event, Segment
from trousseau.audit.verifying import leaf_faults

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
            "since": _written(self.since) if self.since else None,
            "until": _written(self.until) if self.until else None,
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
        "at": _written(clock.now()),
        "choice": choice.as_record(),
    }
    reached, number = 0, 0
    while segment := Segment.objects.filter(number__gt=number).order_by("number").first():
        number = segment.number
        reached = max(reached, segment.reached)
        leaves = [leaf.event for leaf in chain.unpacked(bytes(segment.leaves))]
        yield from map(_event, choice.of(Event.objects.filter(pk__in=leaves)).order_by("pk"))
        yield _seal(segment)
    while batch := list(choice.of(Event.objects.filter(pk__gt=reached)).order_by("pk")[:_AT_ONCE]):
        yield from map(_event, batch)
        reached = batch[-1].pk


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": "event",
        "id": event.pk,
        **stream.as_record(event),
        "blanked": event.blanked,
    }


def _seal(segment: Segment) -> dict[str, Any]:
    return {
        "kind": "seal",
        "number": segment.number,
        "sealed_at": _written(segment.sealed_at),
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


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


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
        number, key = seal["number"], self._keys.get(seal["key"])
        if (number, seal["previous"]) != (self._number + 1, self._head):
            yield f"seal {number} does not hang on the one before"
        self._number, self._head = number, seal["head"]
        if key is None:
            yield f"seal {number} was made under the key {seal['key']}, which is not given"
            return
        said = {name: seal[name] for name in ("number", "sealed_at", "reached", "open", "previous")}
        said["leaves"] = seal["leaves_digest"]
        if not hmac.compare_digest(key.head(said), seal["head"]):
            yield f"seal {number} is altered"
        leaves = bytes.fromhex(seal["leaves"])
        if not seal["emptied"] and chain.digest(leaves) != seal["leaves_digest"]:
            yield f"seal {number} is altered: its list of events"
        yield from self._amendment(seal)
        yield from self._leaves(key, list(chain.unpacked(leaves)), set(seal["purged"]))

    def _amendment(self, seal: dict[str, Any]) -> Iterator[str]:
        number, purged, emptied = seal["number"], seal["purged"], seal["emptied"]
        if not (purged or emptied or seal["amended"]):
            return
        proofs = [one.amendment(number, purged, emptied=emptied) for one in self._keys.values()]
        if seal["amended"] not in proofs:
            yield f"seal {number} is altered: which of its events were over"

    def _leaves(self, key: Key, leaves: list[Leaf], purged: set[int]) -> Iterator[str]:
        for leaf in leaves:
            record = self._events.pop(leaf.event, None)
            if record is None:
                if self._everything and leaf.event not in purged:
                    yield f"event {leaf.event} is missing"
                continue
            said = {name: record[name] for name in stream.FIELDS}
            yield from leaf_faults(leaf, said, record["blanked"], key, self._keys.values())
        yield from (f"event {number} stands under no seal" for number in self._events)
        self._events.clear()

    def _end(self, record: dict[str, Any]) -> Iterator[str]:
        self._ended = True
        key = self._keys.get(record["key"])
        if key is None:
            yield f"the export was closed under the key {record['key']}, which is not given"
        elif not hmac.compare_digest(key.closing(self._running.hexdigest()), record["proof"]):
            yield "a line was altered, removed or added since the export"
