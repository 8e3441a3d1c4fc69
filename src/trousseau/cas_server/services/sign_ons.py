"""The sign-on behind a session: begun with the first application, gone with the session."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.signals import pre_delete

from trousseau import clock
from trousseau.accounts.models import Account, Session
from trousseau.accounts.session_store import SessionStore
from trousseau.accounts.signals import session_replaced
from trousseau.cas_server.models import SignOn, Ticket
from trousseau.cas_server.services import single_logout

# Longer than any session lasts.
KEPT = timedelta(days=1)


class NotSignedInError(Exception):
    """The session ended while the person was on their way."""


def of_session(session: SessionStore, account: Account) -> SignOn:
    """Return the session's sign-on, begun if this is its first application.

    Raises NotSignedInError.
    """
    digest = session.digest
    found = SignOn.objects.filter(session_digest=digest, account=account).first()
    if found:
        return found
    row = Session.objects.filter(digest=digest, account=account).first()
    if row is None:
        raise NotSignedInError
    sign_on, _ = SignOn.objects.get_or_create(
        session_digest=digest,
        defaults={
            "account": account,
            "authenticated_at": row.created_at,
            "purge_at": clock.now() + KEPT,
        },
    )
    return sign_on


def is_live(sign_on: SignOn) -> bool:
    """Tell whether the session still stands and its owner may use it."""
    return Session.objects.filter(
        digest=sign_on.session_digest,
        account=sign_on.account_id,
        account__state=Account.State.ACTIVE,
        expires_at__gt=clock.now(),
    ).exists()


def use_credentials(sign_on: SignOn) -> bool:
    """Tell, once for each typing of the password, that a ticket comes straight from it."""
    return bool(
        SignOn.objects.filter(pk=sign_on.pk, credentials_used=False).update(credentials_used=True)
    )


def ask_each_time(sign_on: SignOn, *, wanted: bool) -> None:
    """Remember for this session whether to ask before an application is opened."""
    SignOn.objects.filter(pk=sign_on.pk).update(warn=wanted)
    sign_on.warn = wanted


def applications(session: SessionStore) -> list[str]:
    """Return the names of the applications that this session has opened."""
    digest = session.digest
    opened = Ticket.objects.filter(sign_on__session_digest=digest, opened=True)
    return sorted(set(opened.values_list("service__name", flat=True)))


def follow_sessions() -> None:
    """End with each session what it has opened, and follow it under a new key."""
    pre_delete.connect(_on_session_ended, sender=Session, dispatch_uid="cas-sign-ons")
    session_replaced.connect(_on_session_replaced, dispatch_uid="cas-sign-ons")


def _on_session_ended(instance: Session, **_: Any) -> None:
    with transaction.atomic():
        # Locked, so that a ticket validated at this moment is either told of or refused.
        for sign_on in SignOn.objects.select_for_update().filter(session_digest=instance.digest):
            single_logout.announce(sign_on)
            # Its tickets stay, dead, until the purge: a long list must not slow a sign-out. It
            # goes after the last of them, so that the purge need not look at it before.
            last = sign_on.tickets.aggregate(last=Max("purge_at"))["last"]
            SignOn.objects.filter(pk=sign_on.pk).update(
                session_digest=f"ended-{sign_on.pk}", purge_at=last or clock.now()
            )


def _on_session_replaced(former: str, current: str, *, proved: bool, **_: Any) -> None:
    now = clock.now()
    anew = {"authenticated_at": now, "credentials_used": False} if proved else {}
    with transaction.atomic():
        SignOn.objects.filter(session_digest=former).update(
            session_digest=current, purge_at=now + KEPT, **anew
        )
        # What it opened stays as long, so that the applications are told at its end. After the
        # sign-on, as a validation locks them.
        Ticket.objects.filter(sign_on__session_digest=current, opened=True).update(
            purge_at=now + KEPT
        )
