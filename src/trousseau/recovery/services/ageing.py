"""Forget who asked to get back in, once nobody will ask what became of it."""

from datetime import timedelta

from trousseau import clock
from trousseau.recovery.models import NoAccountNotice, RecoveryRequest
from trousseau.recovery.services.answering import NO_ACCOUNT_EVERY
from trousseau.work import ageing

KEPT = timedelta(days=30)


def purge_requests() -> int:
    """Remove a batch of requests long answered; return how many."""
    answered = RecoveryRequest.objects.filter(next_attempt_at__isnull=True)
    return ageing.remove(answered.filter(asked_at__lt=clock.now() - KEPT))


def purge_notices() -> int:
    """Remove a batch of notes that an unknown address was told so, once it may be told again."""
    return ageing.remove(
        NoAccountNotice.objects.filter(told_at__lte=clock.now() - NO_ACCOUNT_EVERY)
    )
