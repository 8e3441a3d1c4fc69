"""Make sure of somebody whose password is kept elsewhere, before a sensitive change (PRO-01).

Where there is no password of ours to ask for, whoever keeps it is asked to have the person sign in
once more; for a few minutes after that, the session vouches for them.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from trousseau import clock
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

CONFIRMED_AT = "confirmed-at"
LIFETIME = timedelta(minutes=10)


def vouch(session: SessionStore) -> None:
    """Have the session vouch, for a few minutes, that the person has just signed in elsewhere."""
    session[CONFIRMED_AT] = clock.now().isoformat()


def note(session: SessionStore, account: Account, origin: Origin, *, ticket: str) -> None:
    """Note that the person has just signed in elsewhere again; the key changes (SES-02).

    Raises CreateError for a ticket that served already; the session is then as it was.
    """
    with session.in_one_piece():
        vouch(session)
        session.ticket = ticket
        session.cycle_key()
        session.save()
        trail.record(
            Tag.CONFIRMED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            factor="cas",
        )


def url(session: SessionStore, account: Account, back: str) -> str:
    """Return where the person confirms who they are before a sensitive change.

    Empty where a password of ours is asked for, or the session vouches for them already.
    """
    if not account.signs_in_elsewhere or is_fresh(session):
        return ""
    where = reverse("signin:cas-confirm", args=[account.organisation])
    return f"{where}?{urlencode({'next': back})}"


def is_fresh(session: SessionStore) -> bool:
    """Tell whether the person signed in elsewhere again a few minutes ago."""
    noted = session.get(CONFIRMED_AT)
    return noted is not None and clock.now() - datetime.fromisoformat(noted) < LIFETIME
