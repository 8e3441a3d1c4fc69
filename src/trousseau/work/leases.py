"""Claim rows that are due, finish them, or put them back for later.

Any number of workers may claim at once: PostgreSQL skips the rows another worker holds,
SQLite lets one claim at a time. A worker whose lease ran out cannot finish a row that
somebody else has taken since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from trousseau import clock
from trousseau.work.models import Work

W = TypeVar("W", bound=Work)
LEASE = timedelta(seconds=60)
# Longer than any lease and any pause: a moment beyond it was set by a clock that ran ahead.
FARTHEST = timedelta(hours=3)


def claim(rows: QuerySet[W], limit: int, lease: timedelta = LEASE) -> list[W]:
    """Lease up to `limit` due rows, the longest due first, and return them."""
    now = clock.now()
    first = due(rows, now).order_by("next_attempt_at", "pk")
    # Looked at outside a transaction first: an idle worker must not take SQLite's write lock.
    if not first.exists() and not recall(rows, now):
        return []
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        chosen = list(first.select_for_update(skip_locked=skip, of=("self",))[:limit])
        until = now + lease
        rows.filter(pk__in=[row.pk for row in chosen]).update(
            leased_until=until, attempts=F("attempts") + 1
        )
    for row in chosen:
        row.leased_until = until
        row.attempts += 1
    return chosen


def due(rows: QuerySet[W], now: datetime) -> QuerySet[W]:
    """Return the rows that a claim would choose from."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    return rows.filter(free, next_attempt_at__lte=now)


def recall(rows: QuerySet[W], now: datetime) -> bool:
    """Make rows due that a clock, since set back, has put off for longer than we ever do.

    A claim that finds nothing does so by itself.
    """
    far = now + FARTHEST
    lost = rows.filter(Q(next_attempt_at__gt=far) | Q(leased_until__gt=far)).exclude(
        next_attempt_at=None
    )
    return lost.exists() and bool(lost.update(next_attempt_at=now, leased_until=None))


def finish(row: Work, **changes: Any) -> bool:
    """Mark the row as done, with these changes; false when the lease has been lost."""
    return _release(row, next_attempt_at=None, **changes)


def finish_all(rows: Sequence[Work], **changes: Any) -> bool:
    """Mark rows of one claim as done, all or, where a lease has been lost, none of them."""
    keys = [row.pk for row in rows]
    mine = type(rows[0])._base_manager.filter(  # noqa: SLF001 - documented by Django
        pk__in=keys, leased_until=rows[0].leased_until
    )
    with transaction.atomic():
        if mine.update(leased_until=None, next_attempt_at=None, **changes) == len(keys):
            return True
        transaction.set_rollback(True)
        return False


def put_back(row: Work, delay: timedelta, **changes: Any) -> bool:
    """Make the row due again after a delay; false when the lease has been lost."""
    return _release(row, next_attempt_at=clock.now() + delay, **changes)


def renew(row: Work, lease: timedelta = LEASE) -> bool:
    """Hold the row for another lease; false when it has been lost."""
    until = clock.now() + lease
    held = _mine(row).update(leased_until=until)
    if held:
        row.leased_until = until
    return bool(held)


def _release(row: Work, **changes: Any) -> bool:
    changes["leased_until"] = None
    held = _mine(row).update(**changes)
    if held:
        for name, value in changes.items():
            setattr(row, name, value)
    return bool(held)


def _mine(row: Work) -> QuerySet[Work]:
    rows = type(row)._base_manager  # noqa: SLF001 - documented by Django
    return rows.filter(pk=row.pk, leased_until=row.leased_until)
