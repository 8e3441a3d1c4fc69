"""Sign in with a username and a password of ours."""

from dataclasses import replace

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from trousseau.accounts import hashing
from trousseau.accounts.models import Account
from trousseau.accounts.services import lookup
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation


class SignInRefusedError(Exception):
    """Unknown, wrong, suspended, not activated, not here: one refusal for all (SIG-01)."""


def recognise(organisation: Organisation, name: str, password: str, origin: Origin) -> Account:
    """Return the account that a username (or e-mail, where permitted) and password open.

    The same queries and one hash whatever the reason of a refusal (SIG-02). A hash of weaker
    parameters is replaced (STO-03). Raises SignInRefusedError and hashing.TooBusyError.
    """
    account = lookup.by_sign_in_name(organisation, name) if organisation.local_sign_in else None
    if account:
        account.organisation = organisation
    opens = account and account.is_active and account.has_local_password
    fits, better_hash = hashing.verify(password, account.password if account and opens else None)
    if not account or not fits:
        trail.record(
            Tag.SIGN_IN_REFUSED,
            origin,
            organisation=organisation.slug,
            subject=account.public_id if account else "",
            outcome=Outcome.REFUSED,
            factor="password",
        )
        raise SignInRefusedError
    if better_hash:
        Account.objects.filter(pk=account.pk, password=account.password).update(
            password=better_hash
        )
        account.password = better_hash
    return account


def open_session(
    session: SessionStore,
    account: Account,
    origin: Origin,
    *,
    factor: str = "password",
    ticket: str = "",
) -> None:
    """Make the session the account's, under a fresh key; what it held before is gone (SES-02).

    The session is bound to the present password: Django refuses it once that has changed.
    `ticket` is the digest of the CAS ticket that proved who it is: CreateError when another
    session was opened by it. The former session ends when the new one is there, and not before.
    """
    with session.in_one_piece():
        session.begin(account.pk)
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.describe(account.pk, origin.agent, origin.address, ticket=ticket)
        session.save()
        trail.record(
            Tag.SIGN_IN,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            factor=factor,
        )


def close_session(session: SessionStore, account: Account | None, origin: Origin) -> None:
    """End the session on the server at once: its cookie opens nothing any more (SES-05).

    `account` is whose session it is: the trail of its own organisation says that it signed out,
    at whatever organisation's door.
    """
    session.flush()
    if account:
        trail.record(
            Tag.SIGN_OUT,
            replace(origin, actor=account.public_id),
            organisation=account.organisation.slug,
            subject=account.public_id,
        )
