"""Check the chain from its first seal to its last, with flat memory; say what exactly is wrong."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trousseau.audit import chain, stream
from trousseau.audit.chain import Key, Leaf
from trousseau.audit.models import Event, Segment
from trousseau.audit.sealing import Gap

_AT_ONCE = 1000


@dataclass
class Tally:
    """How much was looked at."""

    segments: int = 0
    events: int = 0
    unsealed: int = 0
    head: str = ""


@dataclass
class _Walk:
    """Where the walk along the chain stands."""

    keys: Mapping[str, Key]
    heads: Mapping[int, str]
    tally: Tally
    previous: Segment | None = None
    reached: int = 0
    # Events in open gaps that no seal has named so far.
    loose: set[int] = field(default_factory=set)


def verify(tally: Tally, heads: Mapping[int, str] | None = None) -> Iterator[str]:
    """Yield one line for each thing that is wrong, and count in `tally` what was looked at.

    `heads` are heads of segments noted elsewhere, by number: only they tell when the end of the
    chain has been cut off, or all of it replaced by whoever knows the key.
    """
    heads = heads or {}
    walk = _Walk(chain.known_keys(), heads, tally)
    while (segment := _after(walk.previous)) is not None:
        yield from _segment(walk, segment)
        yield from _strangers(walk, segment)
        walk.previous = segment
        walk.reached = max(walk.reached, segment.reached)
        tally.segments += 1
        tally.head = f"{segment.number}:{segment.head}"
    last = walk.previous.number if walk.previous else 0
    yield from (
        f"segment {number} is missing: the end is cut off" for number in heads if number > last
    )
    tally.unsealed = Event.objects.filter(pk__gt=walk.reached).count() + len(walk.loose)


def leaf_faults(
    leaf: Leaf, record: Mapping[str, Any], blanked: str, key: Key, keys: Iterable[Key]
) -> Iterator[str]:
    """Yield what is wrong with an event, held against its leaf."""
    present = key.leaf(leaf.event, record)
    if not hmac.compare_digest(present.deed, leaf.deed):
        yield f"event {leaf.event} ({record['tag']}, {record['at']}) is altered: what happened"
    untouched = not blanked and hmac.compare_digest(present.traces, leaf.traces)
    if untouched:
        return
    proofs = [one.blanking(leaf.event, record) for one in keys]
    if not (blanked in proofs and chain.is_blank(record)):
        yield f"event {leaf.event} ({record['tag']}, {record['at']}) is altered: the traces"


def _after(previous: Segment | None) -> Segment | None:
    segments = Segment.objects.order_by("number")
    return segments.filter(number__gt=previous.number).first() if previous else segments.first()


def _segment(walk: _Walk, segment: Segment) -> Iterator[str]:
    yield from _place(walk, segment)
    key = walk.keys.get(segment.key)
    if key is None:
        yield (
            f"segment {segment.number} was sealed under the key {segment.key}, which is not "
            "given: see TROUSSEAU_AUDIT_FORMER_KEYS"
        )
        return
    yield from seal_faults(segment, key)
    yield from _amendment_faults(walk, segment)
    yield from _leaves(walk, segment, key)


def _place(walk: _Walk, segment: Segment) -> Iterator[str]:
    before = walk.previous.number if walk.previous else 0
    if segment.number == before + 2:
        yield f"segment {before + 1} is missing"
    elif segment.number != before + 1:
        yield f"segments {before + 1} to {segment.number - 1} are missing"
    elif segment.previous != (walk.previous.head if walk.previous else ""):
        yield f"segment {segment.number} does not hang on the one before"
    noted = walk.heads.get(segment.number)
    if noted and noted != segment.head:
        yield f"segment {segment.number} is not the one whose head was noted"


def seal_faults(segment: Segment, key: Key) -> Iterator[str]:
    """Yield what is wrong with a seal by itself."""
    said = chain.sealed(
        segment.number, segment.sealed_at, segment.reached, segment.open, segment.leaves_digest
    )
    if not hmac.compare_digest(key.head({**said, "previous": segment.previous}), segment.head):
        yield f"segment {segment.number} is altered"
    if not segment.emptied and chain.digest(bytes(segment.leaves)) != segment.leaves_digest:
        yield f"segment {segment.number} is altered: its list of events"


def _amendment_faults(walk: _Walk, segment: Segment) -> Iterator[str]:
    if not segment.amended and not segment.purged and not segment.emptied:
        return
    proofs = [
        key.amendment(segment.number, segment.purged, emptied=segment.emptied)
        for key in walk.keys.values()
    ]
    if segment.amended not in proofs:
        yield f"segment {segment.number} is altered: which of its events were over"


def _leaves(walk: _Walk, segment: Segment, key: Key) -> Iterator[str]:
    leaves = list(chain.unpacked(bytes(segment.leaves)))
    events = Event.objects.in_bulk([leaf.event for leaf in leaves])
    purged = set(segment.purged)
    if len(events) + len(purged) < len(leaves):
        # Perhaps they were over a moment ago, while we looked.
        anew = Segment.objects.filter(number=segment.number).first()
        if anew and not list(_amendment_faults(walk, anew)):
            purged = {leaf.event for leaf in leaves} if anew.emptied else set(anew.purged)
    for leaf in leaves:
        walk.loose.discard(leaf.event)
        event = events.get(leaf.event)
        if event is None:
            if leaf.event not in purged:
                yield f"event {leaf.event} is missing"
            continue
        walk.tally.events += 1
        if leaf.event in set(segment.purged):
            yield f"event {leaf.event} is back, though its time was over"
        record = stream.as_record(event)
        yield from leaf_faults(leaf, record, event.blanked, key, walk.keys.values())


def _strangers(walk: _Walk, segment: Segment) -> Iterator[str]:
    """Yield the events up to where this segment reached that no seal names."""
    named = {leaf.event for leaf in chain.unpacked(bytes(segment.leaves))}
    gaps = [Gap.read(kept) for kept in segment.open]

    def is_open(number: int) -> bool:
        return any(gap.first <= number <= gap.last for gap in gaps)

    closed = {number for number in walk.loose if not is_open(number)}
    walk.loose -= closed
    yield from map(_stranger, sorted(closed))
    above = walk.reached if walk.previous else None
    while numbers := _numbers(above, segment.reached):
        for number in numbers:
            if number in named:
                continue
            if is_open(number):
                walk.loose.add(number)
            else:
                yield _stranger(number)
        above = numbers[-1]


def _stranger(number: int) -> str:
    return f"event {number} stands under no seal: inserted, or its seal is gone"


def _numbers(above: int | None, up_to: int) -> list[int]:
    events = Event.objects.filter(pk__lte=up_to)
    if above is not None:
        events = events.filter(pk__gt=above)
    return list(events.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
