"""Remove events when their time is over; the chain stays verifiable (LAW-08, SEC-02, A16.1.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from trousseau import clock
from trousseau.audit import append_only, chain
from trousseau.audit.models import Event, Segment

# CNIL, délibération 2021-122: six months to a year; up to three with a reason of their own.
SHORTEST_MONTHS, USUAL_MONTHS, LONGEST_MONTHS = 6, 12, 36
REST = timedelta(hours=1)
# A shorter time that an organisation has set meanwhile takes effect after this at the latest.
LOOKED_AT_AGAIN = timedelta(days=7)
_MONTHS_A_YEAR = 12
_DAYS_OF_FEBRUARY = 28


def purge(months: Mapping[str, int]) -> int:
    """Remove what is over from one segment that is due; return how many segments were looked at.

    `months` says how long each organisation keeps its events, by slug; all others keep theirs,
    and the platform its own, for the usual time. The segment notes, under a proof, which events
    are gone; when all are, it keeps its head alone.
    """
    now = clock.now()
    due = Segment.objects.filter(look_at__lte=now).order_by("look_at")
    if not due.exists():
        return 0
    with append_only.upkeep():
        segment = due.select_for_update(of=("self",)).first()
        if segment is None:
            return 0
        leaves = [leaf.event for leaf in chain.unpacked(bytes(segment.leaves))]
        present = Event.objects.filter(pk__in=leaves).values_list("pk", "organisation", "at")
        ends = {pk: later(at, months.get(slug, USUAL_MONTHS)) for pk, slug, at in present}
        over = sorted(pk for pk, end in ends.items() if end <= now)
        if over:
            Event.objects.filter(pk__in=over).delete()
            _amend(segment, over, leaves)
        segment.look_at = _next_look([end for end in ends.values() if end > now], now)
        segment.save(
            update_fields=["purged", "emptied", "leaves", "amended", "look_at"], force_update=True
        )
    return 1


def later(moment: datetime, months: int) -> datetime:
    """Return the same day so many months after; of a month that lacks it, the 28th."""
    whole = moment.year * _MONTHS_A_YEAR + moment.month - 1 + months
    year, month = divmod(whole, _MONTHS_A_YEAR)
    try:
        return moment.replace(year=year, month=month + 1)
    except ValueError:
        return moment.replace(year=year, month=month + 1, day=_DAYS_OF_FEBRUARY)


def _amend(segment: Segment, over: list[int], leaves: list[int]) -> None:
    gone = {*segment.purged, *over}
    segment.emptied = gone >= set(leaves)
    segment.purged = [] if segment.emptied else sorted(gone)
    if segment.emptied:
        segment.leaves = b""
    segment.amended = chain.key().amendment(segment.number, segment.purged, emptied=segment.emptied)


def _next_look(ends: list[datetime], now: datetime) -> datetime | None:
    """Return when to look again; an event missing without a reason is for `verify` to say."""
    return min([*ends, now + LOOKED_AT_AGAIN]) if ends else None
