"""Sessions of the web, kept under the digest of the cookie's value."""

from django.db import models

from trousseau.accounts.models.account import Account


class Session(models.Model):
    """One browser's session; whoever reads this table cannot become anybody (STO-07)."""

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="sessions", null=True, blank=True
    )
    data = models.JSONField(default=dict)
    # Digest of the CAS ticket that opened it, by which the CAS server may end it.
    ticket = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # The limits of the person it belongs to, as they were when it began.
    idle_seconds = models.PositiveIntegerField(default=30 * 60)
    longest_seconds = models.PositiveIntegerField(default=30 * 60)
    expires_at = models.DateTimeField(db_index=True)
    # The key it had a moment ago: requests that were on their way are still answered.
    former_digest = models.CharField(max_length=64, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "session"
        ordering = ["-seen_at"]
        constraints = [
            models.UniqueConstraint(
                "ticket", condition=~models.Q(ticket=""), name="one_session_a_ticket"
            ),
            models.UniqueConstraint(
                "former_digest",
                condition=~models.Q(former_digest=""),
                name="one_session_a_former_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.seen_at:%Y-%m-%d %H:%M}"
