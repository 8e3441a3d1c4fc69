"""Counters within windows of time: each hit is one statement, whoever else counts meanwhile.

In the database, or in the Valkey or Redis server of TROUSSEAU_CACHE_URL, whose INCR is atomic
as well: the rows of a whole organisation are the ones that everybody wants at once. Should
that server not answer, the database counts in its place.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from trousseau import clock
from trousseau.throttling.models import Counter

T = TypeVar("T")
log = logging.getLogger(__name__)
PREFIX = "throttling:"
PURGED_AT_ONCE = 500


class Slot(NamedTuple):
    """What is counted, and in which window."""

    key: str
    ends_at: datetime


def slot(subject: str, window: timedelta) -> Slot:
    """Return the present window of a subject; windows begin at the same moments for all."""
    seconds = int(window.total_seconds())
    number = int(clock.now().timestamp()) // seconds
    return Slot(f"{subject}:{number}", datetime.fromtimestamp((number + 1) * seconds, UTC))


def add(amounts: Mapping[Slot, int]) -> dict[Slot, int]:
    """Add to several counters and return what each of them has come to."""
    return _somewhere(lambda: _add_to_cache(amounts), lambda: _add_to_database(amounts))


def read(slots: Iterable[Slot]) -> dict[Slot, int]:
    """Return what the counters say; one that was never added to says nothing."""
    wanted = list(slots)
    return _somewhere(lambda: _read_cache(wanted), lambda: _read_database(wanted))


def purge() -> int:
    """Forget a batch of counters whose window is over; return how many."""
    over = Counter.objects.filter(ends_at__lte=clock.now())
    keys = list(over.values_list("key", flat=True)[:PURGED_AT_ONCE])
    return Counter.objects.filter(key__in=keys).delete()[0] if keys else 0


def _somewhere(in_cache: Callable[[], T], in_database: Callable[[], T]) -> T:
    if settings.CACHE_URL:
        try:
            return in_cache()
        except Exception:
            # Whatever a cache server may raise: nobody is kept out because it is away.
            log.exception("the cache server does not answer: the database counts")
    return in_database()


def _add_to_cache(amounts: Mapping[Slot, int]) -> dict[Slot, int]:
    counts = {}
    for one, amount in amounts.items():
        # Longer than the window: between the two calls nothing can expire.
        lifetime = (one.ends_at - clock.now()).total_seconds() * 2 + 60
        cache.add(PREFIX + one.key, 0, timeout=lifetime)
        counts[one] = cache.incr(PREFIX + one.key, amount)
    return counts


def _read_cache(slots: list[Slot]) -> dict[Slot, int]:
    found = cache.get_many([PREFIX + one.key for one in slots])
    return {one: found.get(PREFIX + one.key, 0) for one in slots}


def _add_to_database(amounts: Mapping[Slot, int]) -> dict[Slot, int]:
    # In one order for everybody, so that no two statements wait for each other.
    slots = sorted(amounts)
    adapt = connection.ops.adapt_datetimefield_value
    rows = ", ".join(["(%s, %s, %s)"] * len(slots))
    statement = f"""
        INSERT INTO throttling_counter AS c (key, count, ends_at) VALUES {rows}
        ON CONFLICT (key) DO UPDATE SET count = c.count + excluded.count
        RETURNING key, count
    """  # noqa: S608 - made of constants; every value is a parameter
    values = [part for one in slots for part in (one.key, amounts[one], adapt(one.ends_at))]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        counts = dict(cursor.fetchall())
    return {one: counts[one.key] for one in slots}


def _read_database(slots: list[Slot]) -> dict[Slot, int]:
    places = ", ".join(["%s"] * len(slots))
    statement = f"SELECT key, count FROM throttling_counter WHERE key IN ({places})"  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(statement, [one.key for one in slots])
        counts = dict(cursor.fetchall())
    return {one: counts.get(one.key, 0) for one in slots}
