"""Attempts at a password: reserved before the hash is made, settled after it.

Begin every check of a password here, then say how it ended:

    attempt = attempts.begin(organisation, typed, account, origin, devices)
    attempts.succeeded(attempt) | attempts.failed(attempt) | attempts.undecided(attempt)

An attempt that is held back never reaches the hash (docs/decisions/throttling.md). It is held
back by what was typed, so a username nobody has is treated as a known one (SIG-01).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trousseau import addresses, clock
from trousseau.accounts.models import Account
from trousseau.accounts.models.account import username_key
from trousseau.accounts.services import crowds, trusted_devices
from trousseau.accounts.services.crowds import Entered
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.throttling import keys, streaks
from trousseau.throttling.delays import Schedule, doubling
from trousseau.throttling.held import HeldError
from trousseau.throttling.streaks import Reserved

FREE = 5
DELAYS = doubling(timedelta(seconds=30), timedelta(hours=1))
# NIST SP 800-63B: no more than a hundred failures in a row at one account (SIG-03).
MOST_FAILURES = 100
# A username and five addresses may each open the account, where addresses do.
MOST_NAMES = 6
BY_USERNAME = Schedule(FREE, DELAYS, MOST_FAILURES)
BY_ANY_NAME = Schedule(FREE, DELAYS, MOST_FAILURES // MOST_NAMES)


@dataclass(frozen=True)
class Attempt:
    """One attempt under way, from a trusted device (its digest) or as one of the world."""

    organisation: Organisation
    account: Account | None
    origin: Origin
    device: str = ""
    reserved: Reserved | None = None
    entered: Entered | None = None

    @property
    def former_failures(self) -> int:
        """How often it failed before, in a row."""
        return self.reserved.failures - 1 if self.reserved else 0


@dataclass(frozen=True)
class State:
    """How things stand for an account, as a helper is told."""

    failures: int = 0
    held_until: datetime | None = None
    closed: bool = False
    devices: int = 0


def begin(
    organisation: Organisation,
    typed: str,
    account: Account | None,
    origin: Origin,
    devices: Mapping[str, str],
) -> Attempt:
    """Reserve an attempt: parallel ones never get more tries through than the limit (SIG-03).

    `devices` is what the browser shows of devices it was trusted as. One that is trusted by this
    account is counted by itself alone. Raises HeldError: not now, and no hash is to be made.
    """
    attempt = Attempt(organisation, account, origin)
    digest = trusted_devices.presented(devices, account)
    if digest and trusted_devices.reserve(account, digest):
        return replace(attempt, device=digest)
    entered = crowds.enter(organisation, origin)
    try:
        reserved = streaks.reserve(_key(organisation, typed), _schedule(organisation))
    except HeldError:
        crowds.leave(entered)
        raise
    return replace(attempt, reserved=reserved, entered=entered)


def failed(attempt: Attempt) -> None:
    """Let the attempt count; the trail tells of the first delay and of the last try (LOG-04)."""
    if attempt.device and attempt.account:
        trusted_devices.distrust_if_spent(attempt.account, attempt.device, attempt.origin)
    if attempt.entered:
        crowds.failed(attempt.entered)
    if attempt.reserved and _is_a_step(attempt.organisation, attempt.reserved.failures):
        _record(Tag.SIGN_IN_FAILED_TOO_OFTEN, attempt, Outcome.REFUSED, attempt.reserved.failures)


def succeeded(attempt: Attempt) -> None:
    """Forget the failures under the name that was typed (SIG-06).

    A trusted device's own are forgotten when its session opens (`trusted_devices.trust`); those
    of the rest of the world stand, or each visit of the owner would bring a guesser new tries.
    """
    if attempt.reserved:
        streaks.reset([attempt.reserved.key])
    if attempt.entered:
        crowds.succeeded(attempt.entered, attempt.former_failures)
    if attempt.former_failures:
        _record(Tag.SIGN_IN_AFTER_FAILURES, attempt, Outcome.SUCCESS, attempt.former_failures)


def undecided(attempt: Attempt) -> None:
    """Take the attempt back: nothing was found out about the password."""
    if attempt.device and attempt.account:
        trusted_devices.give_back(attempt.account, attempt.device)
    if attempt.reserved:
        streaks.give_back(attempt.reserved)
    if attempt.entered:
        crowds.leave(attempt.entered)


def begin_confirmation(account: Account) -> Reserved:
    """Reserve an attempt of somebody signed in to prove that they know the password.

    Apart from sign-in: whoever finds a session open must not shut the owner out by guessing.
    Reset it with `streaks.reset` or take it back. Raises HeldError.
    """
    return streaks.reserve(_confirmation(account), BY_USERNAME)


def state_of(account: Account) -> State:
    """Return how things stand for an account."""
    rows = streaks.of(_keys(account))
    most = _schedule(account.organisation).most or 0
    held = [row.held_until for row in rows if row.held_until > clock.now()]
    return State(
        failures=sum(row.failures for row in rows),
        held_until=max(held, default=None),
        closed=any(row.failures >= most for row in rows),
        devices=account.devices.count(),
    )


def clear(account: Account, origin: Origin) -> bool:
    """Forget every failure at an account, as a recovery or a helper does; false if none was.

    In the caller's transaction, if there is one (REC-24).
    """
    cleared = streaks.reset([*_keys(account), _confirmation(account)])
    if cleared:
        trail.record(
            Tag.FAILURES_CLEARED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
        )
    return bool(cleared)


def _confirmation(account: Account) -> str:
    return keys.subject("confirmation", account.pk)


def _schedule(organisation: Organisation) -> Schedule:
    return BY_ANY_NAME if organisation.email_sign_in else BY_USERNAME


def _is_a_step(organisation: Organisation, failures: int) -> bool:
    return failures in {FREE + 1, _schedule(organisation).most}


def _key(organisation: Organisation, typed: str) -> str:
    """Return the name under which failures at a typed name count, whether anybody has it or not.

    Two spellings that open the same account are one (`lookup.by_sign_in_name`).
    """
    name = username_key(typed)
    if organisation.email_sign_in and "@" in name:
        with suppress(addresses.InvalidAddressError):
            name = addresses.key(name)
    return keys.subject("name", organisation.pk, name)


def _keys(account: Account) -> list[str]:
    # Confirmed ones alone: nobody clears what is counted under an address that they only claim.
    confirmed = account.addresses.filter(confirmed_at__isnull=False)
    names = [account.username, *confirmed.values_list("address", flat=True)]
    return [_key(account.organisation, name) for name in names]


def _record(tag: Tag, attempt: Attempt, outcome: Outcome, failures: int) -> None:
    trail.record(
        tag,
        attempt.origin,
        organisation=attempt.organisation.slug,
        subject=attempt.account.public_id if attempt.account else "",
        outcome=outcome,
        failures=failures,
    )
