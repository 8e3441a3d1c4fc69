"""The trail: what happened, as it was, kept when the account is gone."""

from django.db import models

from trousseau.audit.tags import Outcome


class Event(models.Model):
    """One thing that happened. Values, not foreign keys: it outlives what it speaks of.

    Nothing secret is ever written here: no password, code, link or session identifier (LOG-02).
    The database refuses to change or delete a row but to the worker's own upkeep (LOG-06).
    """

    at = models.DateTimeField()
    tag = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, default=Outcome.SUCCESS)
    organisation = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=60, blank=True)
    # What the account acting was at that moment.
    role = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    # Of the recovery or the call for help that this belongs to.
    reference = models.CharField(max_length=20, blank=True)
    # Of the web request that this was part of.
    request = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    # Once what tells of a person is taken out: proof that we did it (`audit.chain`).
    blanked = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "event"
        indexes = [
            models.Index(fields=["subject", "-at"], name="event_subject"),
            models.Index(fields=["organisation", "-at"], name="event_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.tag} {self.outcome} {self.subject}"


class Segment(models.Model):
    """A batch of events under one seal, which hangs on the seal before it.

    `leaves` holds of each event its number and two digests (`audit.chain`), so that a seal can
    say exactly which event is altered or missing. What is below the head alone ever changes:
    when events fall out of their retention the segment says which, under a proof of its own.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    # The highest number of an event looked at, and which below it may still be committed.
    reached = models.BigIntegerField()
    open = models.JSONField(default=list)
    leaves_digest = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    previous = models.CharField(max_length=64, blank=True)
    head = models.CharField(max_length=64)

    leaves = models.BinaryField()
    purged = models.JSONField(default=list)
    emptied = models.BooleanField(default=False)
    amended = models.CharField(max_length=64, blank=True)
    # When the next of its events may fall out of its retention.
    look_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = "segment"

    def __str__(self) -> str:
        return f"{self.number} {self.head}"


class Departure(models.Model):
    """An account that is gone: what its events tell of the person is still to be taken out."""

    subject = models.CharField(max_length=60, primary_key=True)
    organisation = models.CharField(max_length=60)
    noted_at = models.DateTimeField()

    class Meta:
        verbose_name = "departure"

    def __str__(self) -> str:
        return self.subject
