"""A mail to one recipient, and what became of it. No body and no secret is ever stored."""

from django.db import models

from trousseau import clock, tokens
from trousseau.work.models import Work, due_index


class Message(Work):
    """One mail to one recipient; its text is composed at the moment of delivery.

    `kind` names the composer, `about` the row it speaks of (its primary key as text), so that
    a retry always says what is true at that moment.
    """

    class State(models.TextChoices):
        """What a helper can tell somebody who says that nothing arrived."""

        QUEUED = "queued"
        SENT = "sent"
        DEFERRED = "deferred"
        REFUSED = "refused"
        ABANDONED = "abandoned"
        NEEDLESS = "needless"

    class Priority(models.IntegerChoices):
        """People wait for urgent mail; bulk mail waits for urgent mail."""

        URGENT = 0
        BULK = 1

    identifier = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=40, blank=True)
    organisation = models.CharField(max_length=60, blank=True)
    recipient = models.CharField(max_length=320)
    language = models.CharField(max_length=10)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.URGENT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(default=clock.now)
    abandon_at = models.DateTimeField()

    class Meta:
        verbose_name = "message"
        indexes = [
            due_index("message_due"),
            models.Index(fields=["kind", "about"], name="message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier} {self.state}"


class DeliveryEvent(models.Model):
    """One step in the life of a message, with what the mail server said."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=Message.State.choices)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "delivery event"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.state} {self.code or ''} {self.answer}"
