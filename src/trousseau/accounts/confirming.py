"""Make sure of somebody before a sensitive change (PRO-01).

They show everything once more that they show at sign-in: the password and, where they have one, the
second factor; or a passkey. Where the password is kept elsewhere, whoever keeps it is asked to have
them sign in again. For a few minutes after that, and after signing in here, the session vouches for
them.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from trousseau import clock
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import CONFIRMED_AT, FIRST_AT, SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

LIFETIME = timedelta(minutes=10)


def note(
    session: SessionStore,
    account: Account,
    origin: Origin,
    *,
    factor: str = "cas",
    ticket: str = "",
) -> None:
    """Note that the person has just proved anew who they are; the key changes (SES-02).

    `ticket` is the digest of the CAS ticket that did, if one did. Raises CreateError for one that
    served already; the session is then as it was.
    """
    with session.in_one_piece():
        mark(session)
        session.ticket = ticket or session.ticket
        session.cycle_key(proved=True)
        session.save()
        trail.record(
            Tag.CONFIRMED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            factor=factor,
        )


def note_first(session: SessionStore, ticket: str) -> None:
    """Note that the CAS server has just proved who it is, and that the second factor is missing.

    Raises CreateError as `note` does.
    """
    with session.in_one_piece():
        session[FIRST_AT] = clock.now().isoformat()
        session.ticket = ticket
        session.save()


def mark(session: SessionStore) -> None:
    """Have the session vouch for the person from now on, who has proved everything just now."""
    session[CONFIRMED_AT] = clock.now().isoformat()
    session.pop(FIRST_AT, None)


def url(session: SessionStore, account: Account, back: str) -> str:
    """Return where the person confirms who they are before a sensitive change.

    Empty where a password of ours beside the change is enough, or the session vouches for them
    already.
    """
    return where(account, back) if account.confirms_apart and not is_fresh(session) else ""


def where(account: Account, back: str) -> str:
    """Return the page where the person proves anew who they are, and from there goes `back`."""
    name = "signin:cas-confirm" if account.signs_in_elsewhere else "accounts:confirm-identity"
    return f"{reverse(name, args=[account.organisation])}?{urlencode({'next': back})}"


def is_fresh(session: SessionStore) -> bool:
    """Tell whether the person has proved who they are a few minutes ago."""
    return _is_recent(session, CONFIRMED_AT)


def awaits_factor(session: SessionStore) -> bool:
    """Tell whether the CAS server has vouched for the person, and only their factor is missing."""
    return _is_recent(session, FIRST_AT)


def _is_recent(session: SessionStore, what: str) -> bool:
    noted = session.get(what)
    return noted is not None and clock.now() - datetime.fromisoformat(noted) < LIFETIME
