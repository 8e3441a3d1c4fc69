"""See and end sessions (PRO-04, SES-05, SES-06)."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from trousseau import clock
from trousseau.accounts.devices import device_name
from trousseau.accounts.models import Account, Session
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation

SHOWN_DIGITS = 16
PURGED_AT_ONCE = ENDED_AT_ONCE = 500
_HANDLE = re.compile(rf"[0-9a-f]{{{SHOWN_DIGITS}}}")


@dataclass(frozen=True)
class SessionLine:
    """One session as its owner sees it. `handle` names it without being its key."""

    handle: str
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    is_this_one: bool


def of_account(account: Account, current: str) -> list[SessionLine]:
    """Return the account's live sessions; `current` is the digest of the one that asks."""
    return [
        SessionLine(
            handle=session.digest[:SHOWN_DIGITS],
            device=device_name(session.agent),
            address=session.address or "",
            created_at=session.created_at,
            seen_at=session.seen_at,
            is_this_one=session.digest == current,
        )
        for session in _live(account)
    ]


def end_one(account: Account, handle: str, origin: Origin) -> bool:
    """End the account's session with this handle; false when there is none."""
    if not _HANDLE.fullmatch(handle):
        return False
    return _end(account, _live(account).filter(digest__startswith=handle), origin)


def end_all(account: Account, origin: Origin, *, keep: str = "") -> bool:
    """End every session of the account but the one with the digest `keep`."""
    return _end(account, _live(account).exclude(digest=keep), origin)


def end_by_ticket(digest: str, origin: Origin) -> None:
    """End the session that a CAS ticket opened, if it is still there (SES-13)."""
    opened = Session.objects.filter(ticket=digest).exclude(ticket="")
    for session in opened.select_related("account__organisation"):
        if session.account:
            _end(session.account, Session.objects.filter(digest=session.digest), origin)
        else:
            session.delete()


def sign_everybody_out(organisation: Organisation, origin: Origin, *, keep: str = "") -> int:
    """End every session of an organisation that has begun by now, but `keep`; return how many.

    In batches, each in a transaction of its own, so that nobody waits for all of them. Who signs
    in meanwhile stays.
    """
    until, ended = clock.now(), 0
    mine = Session.objects.filter(
        account__organisation=organisation, created_at__lte=until
    ).exclude(digest=keep)
    while digests := list(mine.values_list("pk", flat=True)[:ENDED_AT_ONCE]):
        ended += Session.objects.filter(pk__in=digests).delete()[0]
    trail.record(Tag.EVERYBODY_SIGNED_OUT, origin, organisation=organisation.slug, sessions=ended)
    return ended


def _end(account: Account, sessions: QuerySet[Session], origin: Origin) -> bool:
    ended, _ = sessions.delete()
    if ended:
        trail.record(
            Tag.SESSION_ENDED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            sessions=ended,
        )
    return bool(ended)


def _live(account: Account) -> QuerySet[Session]:
    return Session.objects.filter(account=account, expires_at__gt=clock.now())


def purge() -> int:
    """Remove a batch of sessions that are over; return how many."""
    over = Session.objects.filter(expires_at__lte=clock.now()).values("pk")[:PURGED_AT_ONCE]
    digests = [row["pk"] for row in over]
    return Session.objects.filter(pk__in=digests).delete()[0] if digests else 0
