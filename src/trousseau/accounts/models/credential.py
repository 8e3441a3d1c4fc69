"""One-time credentials: the one table for everything that opens something once."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from trousseau import clock, tokens
from trousseau.accounts.models.account import Account


class Credential(models.Model):
    """A secret that opens one thing once, for one account, until a moment.

    Only its digest is kept. Exactly one of the following holds at any time: live, used,
    superseded, expired (`state`); only a live credential can be used, and only one of two
    parallel attempts (`accounts.credentials.use`).
    """

    class Kind(models.TextChoices):
        """What the credential opens: one kind is never accepted for another (TOK-02)."""

        RECOVERY = "recovery", _("link to choose a new password")
        CONFIRMATION = "confirmation", _("link to confirm an address")
        OBJECTION = "objection", _("link to object to a change of address")
        SAVED_CODE = "saved-code", _("saved code in place of a second factor")

    class State(models.TextChoices):
        """Where the credential stands."""

        LIVE = "live"
        USED = "used"
        SUPERSEDED = "superseded"
        EXPIRED = "expired"

    public_id = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="credentials")
    digest = models.CharField(max_length=64, unique=True)
    # The row this credential speaks of, where the account alone does not say it.
    about = models.CharField(max_length=40, blank=True)
    issuer = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        verbose_name = "credential"
        indexes = [
            models.Index(
                fields=["account", "kind"],
                name="credential_live",
                condition=models.Q(used_at__isnull=True, superseded_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(superseded_at__isnull=True),
                name="credential_used_or_superseded",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    def state_at(self, moment: datetime) -> State:
        """Return where the credential stands at a moment."""
        if self.used_at:
            return self.State.USED
        if self.superseded_at:
            return self.State.SUPERSEDED
        return self.State.LIVE if moment < self.expires_at else self.State.EXPIRED
