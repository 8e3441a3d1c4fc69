"""The second factor: of whom it is asked, what somebody has, and what a change of it entails.

Whatever is added, removed or lost goes through `changed`, in one transaction: the trail says it,
every address of the person is told, every other session ends (ASVS 7.4.3).
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account, CodeApp, Credential, Passkey
from trousseau.accounts.services import credentials, lookup, sessions
from trousseau.accounts.session_store import VERIFIED, SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.mail import outbox
from trousseau.organisations.policies import SecondFactor

CHANGED = "accounts/factors-changed"
MOST = 10
APP, PASSKEY = "app", "passkey"


class LastFactorError(Exception):
    """The person must have a second factor, and this is the only one."""


class TooManyFactorsError(Exception):
    """The person has as many as they may have."""


@dataclass(frozen=True)
class Factor:
    """One second factor as its owner sees it; `handle` names it among theirs."""

    handle: str
    kind: str
    name: str
    # The host name a passkey works at; empty for an application.
    host: str
    added_at: datetime | None
    used_at: datetime | None


def requires_factor(account: Account) -> bool:
    """Tell whether a password alone is too little for what this person may do (SIG-07).

    Operators always, helpers unless their organisation says otherwise. No query where the
    account was read by `lookup.by_sign_in_name`.
    """
    asked = account.organisation.second_factor
    return (
        account.is_operator
        or asked == SecondFactor.EVERYBODY
        or (asked == SecondFactor.HELPERS and account.is_helper())
    )


def session_is_verified(session: SessionStore) -> bool:
    """Tell whether the session was opened with a second factor, or a passkey in place of both."""
    return bool(session.get(VERIFIED))


def of_account(account: Account) -> list[Factor]:
    """Return what somebody may show at sign-in besides the password, the oldest first."""
    apps = [
        Factor(f"{APP}-{one.pk}", APP, one.name, "", one.created_at, one.last_used_at)
        for one in CodeApp.objects.filter(user=account, confirmed=True)
    ]
    keys = [
        Factor(f"{PASSKEY}-{one.pk}", PASSKEY, one.name, one.host, one.created_at, one.last_used_at)
        for one in Passkey.objects.filter(user=account).defer("credential_id", "public_key")
    ]
    return sorted([*apps, *keys], key=lambda one: one.added_at or clock.now())


def demand_room(account: Account, *, most: int = MOST) -> None:
    """Raise TooManyFactorsError where one more would be one too many.

    `most` is 1 for somebody on the way in, who has shown no factor: they may set up their first
    one, and never one beside another's.
    """
    if len(of_account(account)) >= most:
        raise TooManyFactorsError


def remove(account: Account, handle: str, origin: Origin, *, keep: str) -> bool:
    """Take one of somebody's factors off; false when they have none of this name.

    With the last one the saved codes die too. Raises LastFactorError where one is required.
    """
    with transaction.atomic():
        credentials.take_turns([account])
        mine = of_account(account)
        found = next((one for one in mine if one.handle == handle), None)
        if found is None:
            return False
        if len(mine) == 1 and requires_factor(account):
            raise LastFactorError
        kind, _, pk = handle.partition("-")
        (CodeApp if kind == APP else Passkey).objects.filter(user=account, pk=pk).delete()
        if len(mine) == 1:
            credentials.supersede(account, Credential.Kind.SAVED_CODE, origin=origin)
        changed(account, Tag.FACTOR_REMOVED, "removed", origin, keep=keep, kind=kind)
    return True


def forget_all(account: Account, origin: Origin, tag: Tag = Tag.FACTORS_FORGOTTEN) -> None:
    """Take every factor off, with the saved codes: somebody has lost them all (REC-17).

    The password stays what it is. Whoever must have a factor sets one up at the next sign-in.
    """
    with transaction.atomic():
        credentials.take_turns([account])
        CodeApp.objects.filter(user=account).delete()
        Passkey.objects.filter(user=account).delete()
        credentials.supersede(account, Credential.Kind.SAVED_CODE, origin=origin)
        changed(account, tag, "lost", origin)


def changed(
    account: Account, tag: Tag, what: str, origin: Origin, *, keep: str = "", **facts: str
) -> None:
    """Do all that goes with a change of somebody's factors, in the caller's transaction.

    Every session but `keep` (a session's digest) ends. `what` is the word by which the notice
    knows what to say (`accounts.letters`).
    """
    _protect(account)
    sessions.end_all(account, origin, keep=keep)
    trail.record(
        tag,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        **facts,  # type: ignore[arg-type]  # no fact bears the name of a parameter
    )
    tell(account, what)


def _protect(account: Account) -> None:
    """Write down whether a second factor is asked for; what the caller has read may be old."""
    row = Account.objects.filter(pk=account.pk)
    if of_account(account):
        row.filter(protected_since__isnull=True).update(protected_since=clock.now())
    else:
        row.update(protected_since=None)
    account.refresh_from_db(fields=["protected_since"])


def tell(account: Account, what: str) -> None:
    """Tell every address of the person, or of their guardians, what became of their factors."""
    language = account.language or account.organisation.language or settings.LANGUAGE_CODE
    for recipient in lookup.notice_addresses(account):
        outbox.queue(
            CHANGED,
            recipient,
            language,
            about=f"{account.public_id}:{what}",
            organisation=account.organisation.slug,
        )
