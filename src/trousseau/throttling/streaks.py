"""Failures in a row: an attempt is reserved before it is made, by one statement.

So parallel attempts never get more tries through than the schedule allows, on however many
processes and machines: the row decides. Kept in the database even where there is a Valkey
server, for a streak must outlive a cache and be cleared in the transaction of a recovery.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import F

from trousseau import clock
from trousseau.throttling.delays import Schedule
from trousseau.throttling.held import HeldError
from trousseau.throttling.models import Streak

# A streak nobody has added to for so long is forgotten: no hold lasts for ever (SIG-04).
FORGOTTEN_AFTER = timedelta(days=30)
PURGED_AT_ONCE = 500
# Where nothing holds: not the present, which another machine's clock may not have reached yet.
NO_HOLD = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reserved:
    """An attempt that may be made. It counts as the `failures`-th failure unless taken back."""

    key: str
    failures: int
    delay: timedelta


def reserve(key: str, schedule: Schedule) -> Reserved:
    """Count an attempt as failed, in advance, if one may be made now.

    A hold that lies further ahead than any delay comes from a clock that was wrong, and counts
    for nothing. Raises HeldError, and then nothing is counted.
    """
    failures = _counted(key, schedule, clock.now())
    if failures is None:
        held = Streak.objects.filter(key=key).first()
        if held is None:
            # Reset between the two statements.
            return reserve(key, schedule)
        closed = schedule.most is not None and held.failures >= schedule.most
        raise HeldError(None if closed else held.held_until)
    return Reserved(key, failures, schedule.after(failures))


def give_back(reserved: Reserved) -> None:
    """Take an attempt back that was not made, or decided nothing."""
    row = Streak.objects.filter(key=reserved.key)
    if reserved.failures == 1 and row.filter(failures=1).delete()[0]:
        return
    if reserved.delay:
        # Whoever is held back has not been counted since: the row is as we left it, or gone.
        row = row.filter(failures=reserved.failures)
        row.update(failures=F("failures") - 1, held_until=NO_HOLD)
    else:
        row.filter(failures__gt=0).update(failures=F("failures") - 1)


def reset(keys: Iterable[str]) -> int:
    """Forget the failures under these keys (SIG-06); return how many streaks there were."""
    wanted = list(keys)
    places = ", ".join(["%s"] * len(wanted))
    statement = f"DELETE FROM throttling_streak WHERE key IN ({places})"  # noqa: S608 - as below
    with connection.cursor() as cursor:
        cursor.execute(statement, wanted)
        return int(cursor.rowcount)


def of(keys: Iterable[str]) -> list[Streak]:
    """Return the streaks that there are under these keys."""
    return list(Streak.objects.filter(key__in=list(keys)))


def purge() -> int:
    """Forget a batch of streaks that nobody has added to for long; return how many."""
    old = Streak.objects.filter(changed_at__lte=clock.now() - FORGOTTEN_AFTER)
    keys = list(old.values_list("key", flat=True)[:PURGED_AT_ONCE])
    return Streak.objects.filter(key__in=keys).delete()[0] if keys else 0


def _counted(key: str, schedule: Schedule, now: datetime) -> int | None:
    """Return which failure in a row this one is, or None where it is held back."""
    adapt = connection.ops.adapt_datetimefield_value
    known = [adapt(now + step) for step in schedule.steps]
    steps = " ".join(["WHEN s.failures = %s THEN %s"] * len(known))
    reached = [part for step in enumerate(known, schedule.free) for part in step]
    limit = "" if schedule.most is None else "AND s.failures < %s"
    moment, no_hold = adapt(now), adapt(NO_HOLD)
    first = schedule.after(1)
    statement = f"""
        INSERT INTO throttling_streak AS s (key, failures, held_until, changed_at)
        VALUES (%s, 1, %s, %s)
        ON CONFLICT (key) DO UPDATE SET
            failures = s.failures + 1,
            held_until = CASE WHEN s.failures < %s THEN %s {steps} ELSE %s END,
            changed_at = %s
        WHERE (s.held_until <= %s OR s.held_until > %s) {limit}
        RETURNING failures
    """  # noqa: S608 - made of constants; every value is a parameter
    values = [
        *(key, adapt(now + first) if first else no_hold, moment),
        *(schedule.free, no_hold, *reached, known[-1]),
        *(moment, moment, adapt(now + schedule.longest)),
        *(() if schedule.most is None else (schedule.most,)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return int(row[0]) if row else None
