"""Forget spent tickets, ended sign-ons and old notices, a little at a time."""

from django.db import transaction
from django.db.models import Model, QuerySet

from trousseau import clock
from trousseau.cas_server.models import LogoutNotice, SignOn, Ticket

# Small enough that nobody waits for the lock, on SQLite neither.
BATCH = 500


def purge() -> int:
    """Delete one small batch of what nobody needs any more; return how many rows."""
    now = clock.now()
    return (
        _purge(Ticket.objects.filter(purge_at__lte=now))
        # Its tickets go first, in batches of their own.
        + _purge(SignOn.objects.filter(purge_at__lte=now, tickets__isnull=True))
        + _purge(LogoutNotice.objects.filter(purge_at__lte=now))
    )


def _purge(due: QuerySet[Ticket] | QuerySet[SignOn] | QuerySet[LogoutNotice]) -> int:
    keys = list(due.order_by("purge_at").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    model: type[Model] = due.model
    with transaction.atomic():
        deleted, _ = model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 - documented by Django
    return deleted
