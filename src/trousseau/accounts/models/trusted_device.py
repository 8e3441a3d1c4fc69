"""Browsers in which somebody has signed in to an account before."""

from django.db import models

from trousseau import clock, tokens
from trousseau.accounts.models.account import Account


class TrustedDevice(models.Model):
    """One browser's good record with one account; it opens nothing by itself.

    Whoever tries a password from it is counted apart from the rest of the world. Only the
    digest of the cookie's secret is kept, and of the network only a digest as well.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    public_id = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    digest = models.CharField(max_length=64, unique=True)
    agent = models.CharField(max_length=200, blank=True)
    network = models.CharField(max_length=60, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        verbose_name = "trusted device"
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["network"], name="device_network")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.public_id}"
