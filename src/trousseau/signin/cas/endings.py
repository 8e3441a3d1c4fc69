"""Tickets whose session the CAS server has ended, remembered for as long as one may still come.

A notice may overtake the browser that carries the ticket, or the validation that is under way.
"""

from datetime import timedelta

from django.contrib.sessions.backends.base import CreateError
from django.db import IntegrityError, transaction

from trousseau import clock
from trousseau.accounts.services import sessions
from trousseau.accounts.session_store import SessionStore
from trousseau.audit.origin import Origin
from trousseau.signin.models import EndedTicket

# Longer than a ticket lives at any CAS server, and than somebody may take to choose an account.
KEPT = timedelta(minutes=15)
PURGED_AT_ONCE = 500


def note(digest: str) -> None:
    """Remember that what this ticket opens is over (SES-13)."""
    try:
        with transaction.atomic():
            EndedTicket.objects.create(digest=digest)
    except IntegrityError:
        # The same notice again.
        return


def check(session: SessionStore, digest: str, origin: Origin) -> None:
    """End the session just opened by a ticket, if its end has been told meanwhile: CreateError.

    Called last, once the session is committed. A notice is kept before sessions are looked for, so
    that of a notice and a sign-in at the same moment one at least sees the other (SES-13).
    """
    if EndedTicket.objects.filter(digest=digest).exists():
        sessions.end_by_ticket(digest, origin)
        session.flush()
        raise CreateError


def purge() -> int:
    """Forget a batch of tickets that nobody can come with any more; return how many."""
    over = EndedTicket.objects.filter(told_at__lte=clock.now() - KEPT).values("pk")
    digests = [row["pk"] for row in over[:PURGED_AT_ONCE]]
    return EndedTicket.objects.filter(pk__in=digests).delete()[0] if digests else 0
