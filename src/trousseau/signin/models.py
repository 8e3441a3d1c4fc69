"""Identities elsewhere that open accounts here, and tickets that open nothing any more."""

from django.db import models

from trousseau import clock
from trousseau.accounts.models import Account


class LinkedIdentity(models.Model):
    """Who somebody is for a CAS server: the pair (issuer, identifier) and nothing else (SIG-09).

    One identity may open several accounts, as a parent with several records in the directory;
    an account is opened by one identity of an issuer only.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)
    linked_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "linked identity"
        verbose_name_plural = "linked identities"
        indexes = [models.Index(fields=["issuer", "identifier"], name="identity_by_identifier")]
        constraints = [
            models.UniqueConstraint("account", "issuer", name="one_identity_an_account_and_issuer")
        ]

    def __str__(self) -> str:
        return f"{self.identifier} @ {self.issuer}"


class EndedTicket(models.Model):
    """A ticket whose session the CAS server has ended, by its digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    told_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        verbose_name = "ended ticket"

    def __str__(self) -> str:
        return f"{self.told_at:%Y-%m-%d %H:%M}"
