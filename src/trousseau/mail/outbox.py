"""Put a message into the outbox, in the transaction that makes it necessary."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from trousseau import clock
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.work import wakeups

# Past this, a mail about signing in would confuse more than it helps.
PATIENCE = timedelta(days=2)


def queue(kind: str, recipient: str, language: str, **details: Any) -> Message:
    """Record one message to one recipient; a worker delivers it once the caller commits.

    `recipient` must be an address as stored with an account, never as typed by a visitor
    (REC-19); the one exception is the answer to an unknown address. `details` are those of
    `message`.
    """
    queued = message(kind, recipient, language, **details)
    queue_all([queued])
    return queued


def message(
    kind: str,
    recipient: str,
    language: str,
    *,
    about: str | int = "",
    organisation: str = "",
    priority: Message.Priority = Message.Priority.URGENT,
    patience: timedelta = PATIENCE,
) -> Message:
    """Return a message for `queue_all`, not yet recorded."""
    now = clock.now()
    return Message(
        kind=kind,
        about=str(about),
        organisation=organisation,
        recipient=recipient,
        language=language,
        priority=priority,
        created_at=now,
        abandon_at=now + patience,
        next_attempt_at=now,
    )


def queue_all(messages: Sequence[Message]) -> None:
    """Record many messages at once, in the caller's transaction."""
    with transaction.atomic():
        recorded = Message.objects.bulk_create(messages)
        DeliveryEvent.objects.bulk_create(
            DeliveryEvent(message=one, at=one.created_at, state=Message.State.QUEUED)
            for one in recorded
        )
        wakeups.notify()
