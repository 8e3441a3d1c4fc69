"""A row that is its own job: due at a time, leased while somebody works on it."""

from django.db import models


class Work(models.Model):
    """Work to do on this very row, recorded by the transaction that makes it necessary.

    `next_attempt_at` is when the row is next due; null means that nothing is left to do.
    `leased_until` marks the worker's turn: when it passes, another worker takes the row again,
    so that work survives a worker's sudden death.
    """

    next_attempt_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


def due_index(name: str) -> models.Index:
    """Return an index over the unfinished rows alone, for a subclass's `Meta.indexes`."""
    unfinished = models.Q(next_attempt_at__isnull=False)
    return models.Index(fields=["next_attempt_at"], name=name, condition=unfinished)
