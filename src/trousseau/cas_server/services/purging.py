"""Forget spent tickets, ended sign-ons and old notices, a little at a time."""

import time

from django.db import transaction
from django.db.models import Model, QuerySet

from trousseau import clock
from trousseau.cas_server.models import LogoutNotice, SignOn, Ticket

# Small enough that nobody waits for the lock, on SQLite neither.
BATCH = 500
# A purge that is behind rests that many times as long as each batch has taken: millions may be
# waiting, and nobody is in a hurry but the people who sign in meanwhile.
REST = 9
LONGEST_REST_SECONDS = 1.0


def purge() -> int:
    """Delete one small batch of what nobody needs any more; return how many rows.

    While there are tickets for a whole batch nothing else is looked at: what stands on them
    cannot go before them, and looking through it would be in vain.
    """
    begun = time.monotonic()
    now = clock.now()
    purged = 0
    for due in (
        Ticket.objects.filter(purge_at__lte=now),
        SignOn.objects.filter(purge_at__lte=now, tickets__isnull=True),
        LogoutNotice.objects.filter(purge_at__lte=now),
    ):
        purged += _purge(due)
        if purged >= BATCH:
            time.sleep(min(REST * (time.monotonic() - begun), LONGEST_REST_SECONDS))
            break
    return purged


def _purge(due: QuerySet[Ticket] | QuerySet[SignOn] | QuerySet[LogoutNotice]) -> int:
    keys = list(due.order_by("purge_at").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    model: type[Model] = due.model
    with transaction.atomic():
        deleted, _ = model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 - documented by Django
    return deleted
