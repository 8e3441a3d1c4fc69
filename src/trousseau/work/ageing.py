"""Remove rows whose time is over, a few at a time, so that nobody waits for a lock (SEC-02)."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

BATCH = 500
# A duty that removes old rows looks through a whole table when there are none: now and then.
REST = timedelta(hours=1)


def remove(over: QuerySet[Any]) -> int:
    """Delete one batch of these rows, and what hangs on them; return how many were taken."""
    keys = list(over.values_list("pk", flat=True)[:BATCH])
    if keys:
        with transaction.atomic():
            over.model._base_manager.filter(pk__in=keys).delete()  # noqa: SLF001 - documented by Django
    return len(keys)
