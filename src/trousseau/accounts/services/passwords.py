"""Choose a password: the one way to store a new one, whatever the path (PWD-13)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from trousseau import clock
from trousseau.accounts import hashing, passwords
from trousseau.accounts.models import Account
from trousseau.accounts.services import (
    attempts,
    credentials,
    lookup,
    sessions,
    trusted_devices,
)
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.mail import outbox
from trousseau.organisations import policies
from trousseau.throttling import streaks

CHANGED = "accounts/password-changed"
WITHDRAWN = "accounts/password-withdrawn"


@dataclass(frozen=True)
class PasswordRefusedError(Exception):
    """The new password does not do; `verdict` says why and what would."""

    verdict: passwords.Verdict


class WrongPasswordError(Exception):
    """The current password is not this one."""


def minimum(account: Account) -> int:
    """Return the least number of characters for this account's password."""
    lengths = account.organisation.minimum_lengths
    return policies.minimum_length(lengths, account.kind_for_password())


def judge(account: Account, password: str) -> passwords.Verdict:
    """Judge a password somebody considers for this account."""
    return passwords.judge(password, _person(account), minimum(account))


def prepare(account: Account, password: str, origin: Origin | None = None) -> str:
    """Return the hash of an acceptable new password.

    Kept apart from `store`, because hashing takes long and must not happen while a database
    transaction is open. Raises PasswordRefusedError, once the refusal stands in the trail where
    somebody at `origin` has chosen it, and hashing.TooBusyError.
    """
    verdict = judge(account, password)
    if not verdict.accepted:
        if origin:
            _refused(account, origin, verdict.reason)
        raise PasswordRefusedError(verdict)
    return hashing.hashed(password)


def store(account: Account, password_hash: str, origin: Origin, *, keep: str = "") -> None:
    """Store a prepared password and do all that goes with it, in the caller's transaction.

    Every session but `keep` (a session's digest) ends, every link mailed for the account dies,
    and every address of the account is told, or its guardians' where it has none (REC-14,
    REC-16, REC-09).
    """
    account.password = password_hash
    _replace(account, origin, Tag.PASSWORD_CHANGED, keep=keep)
    _tell(account, CHANGED, lookup.notice_addresses(account))


def withdraw(account: Account, origin: Origin, also_told: Iterable[str] = ()) -> None:
    """Have no password open the account until a new one is chosen by mail.

    For a password that somebody else may know (PWD-09), in the caller's transaction. Like
    `store`, it ends every session and link; the same addresses are told, and `also_told`.
    """
    account.set_unusable_password()
    _replace(account, origin, Tag.PASSWORD_WITHDRAWN)
    if account.signs_in_here:
        told = {*lookup.notice_addresses(account), *also_told}
        _tell(account, WITHDRAWN, sorted(told))


def change(
    account: Account,
    current: str,
    new: str,
    origin: Origin,
    *,
    keep: str,
    renew_session: Callable[[], None] | None = None,
) -> None:
    """Change one's own password, knowing the current one (PWD-12).

    `renew_session` binds the session that stays to the new password, in the same transaction: a
    request under way in another tab finds the old ones or the new ones, and is signed in. Raises
    WrongPasswordError, HeldError, PasswordRefusedError and hashing.TooBusyError.
    """
    confirm(account, current, origin)
    password_hash = prepare(account, new, origin)
    with transaction.atomic():
        credentials.take_turns([account])
        confirmed = Account.objects.filter(
            pk=account.pk, password_changed_at=account.password_changed_at
        )
        # While we hashed, a link or an objection may have put an end to the current one.
        if not confirmed.exists():
            raise WrongPasswordError
        store(account, password_hash, origin, keep=keep)
        if renew_session:
            renew_session()


def confirm(account: Account, current: str, origin: Origin, *, vouched: bool = False) -> None:
    """Make sure that it is the owner who is about to change something (PRO-01).

    `vouched` counts only for those whose password is kept elsewhere: they have just typed it
    there (`accounts.confirming`). Raises WrongPasswordError, HeldError after many wrong ones,
    and hashing.TooBusyError.
    """
    if vouched and account.signs_in_elsewhere:
        return
    reserved = attempts.begin_confirmation(account)
    try:
        fits, _ = hashing.verify(current, account.password if account.has_local_password else None)
    except hashing.TooBusyError:
        streaks.give_back(reserved)
        raise
    if fits:
        streaks.reset([reserved.key])
    else:
        _refused(account, origin, "wrong")
        raise WrongPasswordError


def _refused(account: Account, origin: Origin, why: str) -> None:
    trail.record(
        Tag.PASSWORD_CHANGE_REFUSED,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        outcome=Outcome.REFUSED,
        why=why,
    )


def _replace(account: Account, origin: Origin, tag: Tag, *, keep: str = "") -> None:
    """Write down the password that the account has now, and end what the former one opened.

    Failures were at the former one, so the way is clear (REC-24, SIG-04); and no device that
    somebody else may have made trusted stays so.
    """
    account.password_changed_at = clock.now()
    account.save(update_fields=["password", "password_changed_at"])
    credentials.supersede(account, credentials.Kind.RECOVERY, origin=origin)
    sessions.end_all(account, origin, keep=keep)
    trusted_devices.forget_all(account)
    attempts.clear(account, origin)
    trail.record(tag, origin, organisation=account.organisation.slug, subject=account.public_id)


def _tell(account: Account, kind: str, recipients: Iterable[str]) -> None:
    language = account.language or account.organisation.language or settings.LANGUAGE_CODE
    for recipient in recipients:
        outbox.queue(
            kind,
            recipient,
            language,
            about=account.public_id,
            organisation=account.organisation.slug,
        )


def _person(account: Account) -> passwords.Person:
    organisation = account.organisation
    schools = account.schools.all()
    context = [settings.PLATFORM_NAME, organisation.name, organisation.place, organisation.slug]
    for school in schools:
        context += [school.name, school.place]
    return passwords.Person(
        username=account.username,
        given_name=account.given_name,
        family_name=account.family_name,
        email=tuple(account.addresses.values_list("address", flat=True)),
        birth_date=account.birth_date,
        context=tuple(filter(None, context)),
    )
