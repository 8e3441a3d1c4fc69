"""Check the chain from its first seal to its last, with flat memory; say what exactly is wrong."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from trousseau.audit import chain, checks, records
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


def _after(previous: Segment | None) -> Segment | None:
    segments = Segment.objects.order_by("number")
    return segments.filter(number__gt=previous.number).first() if previous else segments.first()


def _segment(walk: _Walk, segment: Segment) -> Iterator[str]:
    yield from _place(walk, segment)
    yield from checks.seal_faults(records.of_segment(segment), walk.keys)
    key = walk.keys.get(segment.key)
    if key:
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


def _leaves(walk: _Walk, segment: Segment, key: Key) -> Iterator[str]:
    leaves = list(chain.unpacked(bytes(segment.leaves)))
    events = Event.objects.in_bulk([leaf.event for leaf in leaves])
    keys = walk.keys.values()
    purged = gone = _purged(segment, leaves, keys)
    if len(events) + len(purged) < len(leaves):
        # Perhaps they were over a moment ago, while we looked.
        anew = Segment.objects.filter(number=segment.number).first()
        gone = _purged(anew, leaves, keys) if anew else purged
    for leaf in leaves:
        walk.loose.discard(leaf.event)
        event = events.get(leaf.event)
        if event is None:
            if leaf.event not in gone:
                yield f"event {leaf.event} is missing"
            continue
        walk.tally.events += 1
        if leaf.event in purged:
            yield f"event {leaf.event} is back, though its time was over"
        record = records.of_event(event)
        yield from checks.event_faults(leaf, record, event.blanked, key, keys)


def _purged(segment: Segment, leaves: list[Leaf], keys: Collection[Key]) -> set[int]:
    """Return which events of these leaves the segment says were over, if its word is ours."""
    if list(checks.amendment_faults(records.of_segment(segment), keys)):
        return set()
    return {leaf.event for leaf in leaves} if segment.emptied else set(segment.purged)


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
