"""What limits remember. Keys are digests: nothing here says who tried what, or from where."""

from django.db import models


class Counter(models.Model):
    """How often something happened to one subject within one window of time."""

    key = models.CharField(max_length=100, primary_key=True)
    count = models.BigIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "counter"

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class Streak(models.Model):
    """Failures in a row, and until when the next attempt is held back."""

    key = models.CharField(max_length=100, primary_key=True)
    failures = models.PositiveIntegerField()
    held_until = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "streak"

    def __str__(self) -> str:
        return f"{self.key}: {self.failures}"
