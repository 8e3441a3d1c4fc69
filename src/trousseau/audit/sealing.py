"""Seal new events, a batch at a time, without anybody who writes one ever waiting (LOG-06).

On PostgreSQL an event may be committed after one with a higher number. Numbers below the highest
seen that nobody has seen yet stay open, and whatever turns up there later comes under a later seal.
Why none is missed and none sealed twice: docs/decisions/audit-chain.md.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.db import connection, transaction

from trousseau import clock
from trousseau.audit import chain, records
from trousseau.audit.models import Event, Segment

log = logging.getLogger(__name__)
REST = timedelta(minutes=1)
BATCH = 500
# A number that was taken by a transaction long over is nobody's: it was rolled back.
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
# The shortest time that an organisation may keep its events.
FIRST_LOOK = timedelta(days=180)
_ASKED_AT_ONCE = 100
_LOCK = 0x7472_6F75_7365_6175


class Gap(NamedTuple):
    """Numbers that nobody has seen: perhaps of transactions that are still running.

    `horizon` is the first transaction number that was free when the gap was seen.
    """

    first: int
    last: int
    horizon: int
    seen_at: str

    @classmethod
    def read(cls, kept: Sequence[int | str]) -> Self:
        """Return a gap from a segment's `open`."""
        first, last, horizon, seen_at = kept
        return cls(int(first), int(last), int(horizon), str(seen_at))

    def is_over(self, oldest_running: int, now: datetime) -> bool:
        """Tell whether no transaction can fill it any more."""
        waited = now - datetime.fromisoformat(self.seen_at)
        return waited > LONGEST_WAIT or (waited > SHORTEST_WAIT and oldest_running >= self.horizon)


class _Snapshot(NamedTuple):
    """The transactions of a moment: the oldest still running, the next to begin."""

    oldest_running: int
    next: int


def seal() -> int:
    """Seal one batch of events; return how many. Of several workers one does it."""
    last = Segment.objects.order_by("-number").first()
    # Looked at outside a transaction first: an idle worker must not take SQLite's write lock.
    if not _waiting(last):
        return 0
    with transaction.atomic():
        if not _my_turn():
            return 0
        segment, sealed = _next(Segment.objects.order_by("-number").first())
        if segment is None:
            return 0
        segment.save(force_insert=True)
    # Where the log is shipped elsewhere, nobody can cut the end of the chain off unnoticed.
    log.info("segment %s: %s events, head %s", segment.number, sealed, segment.head)
    return sealed


def leaves_of(events: Iterable[Event], key: chain.Key) -> list[chain.Leaf]:
    """Return the leaves of events."""
    return [key.leaf(event.pk, records.of_event(event)) for event in events]


def _waiting(last: Segment | None) -> bool:
    if Event.objects.filter(pk__gt=last.reached if last else 0).exists():
        return True
    return bool(last and late(last))


def _next(last: Segment | None) -> tuple[Segment | None, int]:
    reached = last.reached if last else 0
    gaps = _gaps(last) if last else []
    # In this order: whoever is over by this snapshot is seen by the queries after it, and whoever
    # has taken a number that they do not see began before the snapshot after them.
    before = _snapshot()
    new = list(Event.objects.filter(pk__gt=reached).order_by("pk")[:BATCH])
    overdue = late(last) if last else []
    after = _snapshot()
    events = overdue + new
    if not events:
        return None, 0
    now = clock.now()
    waiting = [gap for gap in gaps if not gap.is_over(before.oldest_running, now)]
    found = {event.pk for event in overdue}
    still_open = [part for gap in waiting for part in _without(gap, found)]
    still_open += _between(reached, [event.pk for event in new], after.next, now)
    return _segment(last, events, [list(gap) for gap in still_open], now), len(events)


def _segment(
    last: Segment | None, events: list[Event], still_open: list[list[int | str]], now: datetime
) -> Segment:
    key = chain.key()
    leaves = chain.packed(leaves_of(events, key))
    segment = Segment(
        number=last.number + 1 if last else 1,
        sealed_at=now,
        reached=max(events[-1].pk, last.reached if last else 0),
        open=still_open,
        leaves_digest=chain.digest(leaves),
        key=key.name,
        previous=last.head if last else "",
        leaves=leaves,
        look_at=now + FIRST_LOOK,
    )
    segment.head = key.head(records.of_segment(segment))
    return segment


def _gaps(segment: Segment) -> list[Gap]:
    return [Gap.read(kept) for kept in segment.open]


def late(segment: Segment) -> list[Event]:
    """Return the events that have turned up in a segment's gaps, in the order of their numbers."""
    gaps = _gaps(segment)
    found: list[Event] = []
    for position in range(0, len(gaps), _ASKED_AT_ONCE):
        events = Event.objects.none()
        for gap in gaps[position : position + _ASKED_AT_ONCE]:
            events = events | Event.objects.filter(pk__range=(gap.first, gap.last))
        found += events
    return sorted(found, key=lambda event: int(event.pk))


def _between(reached: int, seen: list[int], horizon: int, now: datetime) -> list[Gap]:
    """Return the numbers above `reached` that are missing among those seen."""
    gaps = []
    for number in seen:
        if number > reached + 1:
            gaps.append(Gap(reached + 1, number - 1, horizon, now.isoformat()))
        reached = number
    return gaps


def _without(gap: Gap, found: set[int]) -> list[Gap]:
    """Return what is left of a gap when some of its numbers have turned up."""
    parts, first = [], gap.first
    for number in sorted(one for one in found if gap.first <= one <= gap.last):
        if number > first:
            parts.append(gap._replace(first=first, last=number - 1))
        first = number + 1
    if first <= gap.last:
        parts.append(gap._replace(first=first))
    return parts


def _my_turn() -> bool:
    if connection.vendor != "postgresql":
        # SQLite's write lock, which the transaction has taken at its beginning.
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _snapshot() -> _Snapshot:
    if connection.vendor != "postgresql":
        return _Snapshot(0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(moment)::text::bigint, pg_snapshot_xmax(moment)::text::bigint "
            "FROM pg_current_snapshot() AS moment"
        )
        return _Snapshot(*cursor.fetchone())
