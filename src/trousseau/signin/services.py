"""Sign in with a username and a password of ours."""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from trousseau.accounts import hashing
from trousseau.accounts.models import Account
from trousseau.accounts.services import attempts, lookup, trusted_devices
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.signin import notices


class SignInRefusedError(Exception):
    """Unknown, wrong, suspended, not activated, not here: one refusal for all (SIG-01)."""


def recognise(
    organisation: Organisation,
    name: str,
    password: str,
    origin: Origin,
    devices: Mapping[str, str] | None = None,
) -> Account:
    """Return the account that a username (or e-mail, where permitted) and password open.

    The same queries and one hash whatever the reason of a refusal (SIG-02). A hash of weaker
    parameters is replaced (STO-03). `devices`: what the browser shows of having been trusted.
    Raises SignInRefusedError, hashing.TooBusyError and, before any hash is made,
    HeldError.
    """
    account = lookup.by_sign_in_name(organisation, name) if organisation.local_sign_in else None
    if account:
        account.organisation = organisation
    opens = account and account.is_active and account.has_local_password
    attempt = attempts.begin(organisation, name, account, origin, devices or {})
    try:
        stored = account.password if account and opens else None
        fits, better_hash = hashing.verify(password, stored)
    except hashing.TooBusyError:
        attempts.undecided(attempt)
        raise
    if not account or not fits:
        attempts.failed(attempt)
        trail.record(
            Tag.SIGN_IN_REFUSED,
            origin,
            organisation=organisation.slug,
            subject=account.public_id if account else "",
            outcome=Outcome.REFUSED,
            factor="password",
        )
        raise SignInRefusedError
    attempts.succeeded(attempt)
    if attempt.former_failures > attempts.FREE:
        notices.tell_of_failures(account, attempt.former_failures)
    if better_hash:
        Account.objects.filter(pk=account.pk, password=account.password).update(
            password=better_hash
        )
        account.password = better_hash
    return account


def welcome(
    session: SessionStore, account: Account, devices: Mapping[str, str], origin: Origin
) -> str:
    """Open the session of somebody just recognised and trust the browser, or do neither.

    Return the secret that the browser is to keep.
    """
    with session.in_one_piece():
        _begin(session, account, origin, factor="password", ticket="")
        return trust_browser(account, devices, origin)


def trust_browser(account: Account, devices: Mapping[str, str], origin: Origin) -> str:
    """Trust the browser of somebody who is signed in now; return the secret that it is to keep.

    The owner is told of a browser that is news, where the organisation wishes so (SIG-10).
    """
    with transaction.atomic(savepoint=False):
        trusted = trusted_devices.trust(account, devices, origin)
        if trusted.device and trusted.is_news:
            notices.tell_of_device(account, trusted.device)
    return trusted.secret


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
        _begin(session, account, origin, factor, ticket)


def _begin(
    session: SessionStore, account: Account, origin: Origin, factor: str, ticket: str
) -> None:
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
