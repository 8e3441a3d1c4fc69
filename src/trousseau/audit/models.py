"""The trail: what happened, as it was, kept when the account is gone."""

from django.db import models

from trousseau.audit.tags import Outcome


class Event(models.Model):
    """One thing that happened. Values, not foreign keys: it outlives what it speaks of.

    Nothing secret is ever written here: no password, code, link or session identifier (LOG-02).
    """

    at = models.DateTimeField()
    tag = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, default=Outcome.SUCCESS)
    organisation = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "event"
        indexes = [
            models.Index(fields=["subject", "-at"], name="event_subject"),
            models.Index(fields=["organisation", "-at"], name="event_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.tag} {self.outcome} {self.subject}"
