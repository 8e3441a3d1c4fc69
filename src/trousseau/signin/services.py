"""Sign in with a username and a password of ours."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from trousseau.accounts import confirming, hashing, pending
from trousseau.accounts.models import Account
from trousseau.accounts.pending import Pending, Stage
from trousseau.accounts.services import (
    attempts,
    factors,
    lookup,
    passkeys,
    second_steps,
    trusted_devices,
)
from trousseau.accounts.services.passkeys import Place
from trousseau.accounts.session_store import VERIFIED, SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations import policies
from trousseau.organisations.models import Organisation
from trousseau.signin import notices
from trousseau.signin.cas import endings


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
        _refused(organisation, account, origin, "password")
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


def _refused(
    organisation: Organisation, account: Account | None, origin: Origin, factor: str
) -> None:
    trail.record(
        Tag.SIGN_IN_REFUSED,
        origin,
        organisation=organisation.slug,
        subject=account.public_id if account else "",
        outcome=Outcome.REFUSED,
        factor=factor,
    )


def recognise_passkey(
    session: SessionStore, organisation: Organisation, place: Place, answer: str, origin: Origin
) -> Account:
    """Return the account that a passkey opens here, without username and password.

    A passkey opens what the password would: nothing where none of ours does. Raises
    SignInRefusedError, one for all reasons (SIG-01).
    """
    try:
        account: Account | None = passkeys.use(session, place, answer)
    except passkeys.PasskeyRefusedError:
        account = None
    if account and account.organisation_id != organisation.pk:
        # Somebody of next door: this organisation's trail does not name them (TEN-01).
        account = None
    if account:
        account.organisation = organisation
    if account is None or not (account.is_active and account.has_local_password):
        _refused(organisation, account, origin, "passkey")
        raise SignInRefusedError
    return account


class Next(StrEnum):
    """What somebody whose first factor fits does next."""

    GO_ON = "go on"
    SHOW_FACTOR = "show the second factor"
    SET_UP_FACTOR = "set a second factor up"


def welcome(
    session: SessionStore,
    account: Account,
    devices: Mapping[str, str],
    origin: Origin,
    *,
    to: str = "",
) -> tuple[Next, str]:
    """Admit somebody whose password fits, and trust the browser once the session is open.

    Both or neither. With the next step, return the secret that the browser is to keep: none
    before a second step that is still missing.
    """
    with session.in_one_piece():
        step = admit(session, account, origin, to=to)
        return step, trust_browser(account, devices, origin) if step is Next.GO_ON else ""


def trust_browser(account: Account, devices: Mapping[str, str], origin: Origin) -> str:
    """Trust the browser of somebody who is signed in now; return the secret that it is to keep.

    The owner is told of a browser that is news, where the organisation wishes so (SIG-10).
    """
    with transaction.atomic(savepoint=False):
        trusted = trusted_devices.trust(account, devices, origin)
        if trusted.device and trusted.is_news:
            notices.tell_of_device(account, trusted.device)
    return trusted.secret


def admit(
    session: SessionStore,
    account: Account,
    origin: Origin,
    *,
    to: str = "",
    factor: str = "password",
    ticket: str = "",
    fresh: bool = True,
) -> Next:
    """Open the session, unless a second factor is missing: then only remember who is coming.

    Every way in with one factor leads through here, so that none is weaker than another (SIG-08):
    whoever has a second factor shows it, and whoever must have one sets it up first. A CAS server
    counts as one factor unless the organisation vouches for two (SIG-15). Raises CreateError as
    `open_session` does.
    """
    vouched = factor == "cas" and account.organisation.cas_second_factor
    if account.protected_since:
        stage, step = Stage.SHOW, Next.SHOW_FACTOR
    elif not vouched and factors.requires_factor(account):
        stage, step = Stage.SET_UP, Next.SET_UP_FACTOR
    else:
        open_session(session, account, origin, factor=factor, ticket=ticket, fresh=fresh)
        return Next.GO_ON
    pending.keep(session, Pending(account, stage, factor, ticket, to, fresh=fresh), origin)
    return step


def open_pending(
    session: SessionStore,
    waiting: Pending,
    devices: Mapping[str, str],
    origin: Origin,
    second: str,
) -> str:
    """Open the session of somebody who has taken the second step too, and trust the browser.

    Both or neither. Return the secret that the browser is to keep: none after a CAS server, where
    no password of ours was typed. Raises CreateError as `open_session` does.
    """
    account, ticket = waiting.account, waiting.ticket
    secret = ""
    with session.in_one_piece():
        _begin(
            session,
            account,
            origin,
            factor=waiting.factor,
            second=second,
            ticket=ticket,
            fresh=waiting.fresh,
        )
        if not ticket:
            secret = trust_browser(account, devices, origin)
    if ticket:
        endings.check(session, ticket, origin)
    return secret


def welcome_by_passkey(
    session: SessionStore, account: Account, devices: Mapping[str, str], origin: Origin
) -> str:
    """Open the session of somebody whose passkey fits, and trust the browser: both or neither."""
    with session.in_one_piece():
        _begin(session, account, origin, factor="passkey", second="passkey")
        return trust_browser(account, devices, origin)


def open_session(
    session: SessionStore,
    account: Account,
    origin: Origin,
    *,
    factor: str = "password",
    second: str = "",
    ticket: str = "",
    fresh: bool = True,
) -> None:
    """Make the session the account's, under a fresh key; what it held before is gone (SES-02).

    The session is bound to the present password: Django refuses it once that has changed.
    `second` is the factor shown besides, `ticket` the digest of the CAS ticket that proved who
    it is: CreateError when another session was opened by it. `fresh`: everything was typed or
    touched just now, which a CAS server that knows the person from hours ago has not asked for.
    How long the session lasts goes by who it is (SES-04). The former session ends when the new
    one is there, and not before.
    """
    with session.in_one_piece():
        _begin(session, account, origin, factor=factor, second=second, ticket=ticket, fresh=fresh)


def _begin(
    session: SessionStore,
    account: Account,
    origin: Origin,
    *,
    factor: str,
    second: str = "",
    ticket: str = "",
    fresh: bool = True,
) -> None:
    session.begin(account.pk)
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    if second:
        session[VERIFIED] = second
    if fresh:
        confirming.mark(session)
    limits = policies.session_limits(
        account.organisation.session_limits, account.kind_of_session(), with_factor=bool(second)
    )
    session.describe(account.pk, origin.agent, origin.address, ticket=ticket, limits=limits)
    session.save()
    if second:
        second_steps.taken(account, origin)
    trail.record(
        Tag.SIGN_IN,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        factor=factor if second in {"", factor} else f"{factor}+{second}",
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
