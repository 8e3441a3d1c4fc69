"""Put a message into the outbox, in the transaction that makes it necessary."""

from datetime import timedelta

from trousseau import clock
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.work import wakeups

# Past this, a mail about signing in would confuse more than it helps.
PATIENCE = timedelta(days=2)


def queue(
    kind: str,
    recipient: str,
    language: str,
    *,
    about: str | int = "",
    organisation: str = "",
    priority: Message.Priority = Message.Priority.URGENT,
    patience: timedelta = PATIENCE,
) -> Message:
    """Record one message to one recipient; a worker delivers it once the caller commits.

    `recipient` must be an address as stored with an account, never as typed by a visitor
    (REC-19); the one exception is the answer to an unknown address.
    """
    now = clock.now()
    message = Message.objects.create(
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
    DeliveryEvent.objects.create(message=message, at=now, state=Message.State.QUEUED)
    wakeups.notify()
    return message
