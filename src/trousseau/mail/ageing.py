"""Forget what became of mails, once nobody will ask any more."""

from datetime import timedelta

from trousseau import clock
from trousseau.mail.models import Message
from trousseau.work import ageing

KEPT = timedelta(days=30)


def purge() -> int:
    """Remove a batch of messages long done with, and their delivery events; return how many."""
    over = Message.objects.filter(
        created_at__lt=clock.now() - KEPT, next_attempt_at__isnull=True
    ).order_by()
    return ageing.remove(over)
