"""Forget spent tickets, ended sign-ons and old notices, a little at a time."""

from django.db import transaction

from trousseau import clock
from trousseau.cas_server.models import LogoutNotice, SignOn, Ticket

# Small enough that nobody waits for the lock, on SQLite neither.
BATCH = 500


def purge() -> int:
    """Delete one small batch of what nobody needs any more; return how many rows."""
    return sum(_purge(model) for model in (Ticket, SignOn, LogoutNotice))


def _purge(model: type[Ticket | SignOn | LogoutNotice]) -> int:
    due = model.objects.filter(purge_at__lte=clock.now())  # type: ignore[attr-defined]
    if model is SignOn:
        # Its tickets go first, in batches of their own.
        due = due.filter(tickets__isnull=True)
    keys = list(due.order_by("purge_at").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return 0
    with transaction.atomic():
        deleted, _ = model.objects.filter(pk__in=keys).delete()  # type: ignore[attr-defined]
    return deleted
