"""What many attempts have in common: their network, their organisation, the installation.

A school is one network address, so a network alone is held back only far beyond what people
mistype. What counts is failures that no success has made good: somebody who mistypes and then
signs in has failed nothing. Each figure has its reason in docs/limits.md (SIG-05).

Failures are counted once they are known, so guesses under way at the same moment may pass a
ceiling by as many as there are hashes under way. What is taken beyond a ceiling is exact, and so
is an account's own limit (`attempts`).
"""

import ipaddress
import random
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from trousseau.accounts.services import trusted_devices
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.throttling import counters, keys
from trousseau.throttling.counters import Slot
from trousseau.throttling.held import HeldError
from trousseau.throttling.limits import Limit

HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)
# One success in so many is written down, as so many: at eight in the morning a whole organisation
# would otherwise wait for one row. They only say how many failures are usual.
SAMPLED = 16


@dataclass(frozen=True)
class Ceiling:
    """What one network may fail at, and what it is still admitted to beyond that."""

    failures: Limit
    beyond: Limit


# Of a network whose people have signed in lately, and of one that nobody is known to use.
KNOWN = Ceiling(Limit(600, HOUR), beyond=Limit(1, timedelta(seconds=10)))
STRANGE = Ceiling(Limit(30, HOUR), beyond=Limit(1, timedelta(minutes=1)))


@dataclass(frozen=True)
class Scope:
    """An organisation, or the installation.

    While its failures outnumber its successes by `alarm`, all strangers together share what is
    left to them: browsers that are not trusted, in networks that nobody is known to use.
    """

    name: str
    key: str
    alarm: int
    left: Limit

    @property
    def failures(self) -> Slot:
        """Failures within the hour, made good by no success."""
        return counters.slot(f"failures:{self.key}", HOUR)

    @property
    def successes(self) -> Slot:
        """Successes within the hour."""
        return counters.slot(f"successes:{self.key}", HOUR)


@dataclass(frozen=True)
class Entered:
    """Where an admitted attempt comes from, and what it has taken from what it shares."""

    organisation: Organisation
    origin: Origin
    # None where the operator vouches for it: never slowed as a whole.
    network: str | None
    taken: tuple[Slot, ...] = ()


def scopes(organisation: Organisation) -> list[Scope]:
    """Return what an attempt at an organisation's door counts for."""
    return [
        Scope("organisation", f"organisation:{organisation.pk}", 300, Limit(100, TEN_MINUTES)),
        Scope("installation", "installation", 1000, Limit(200, TEN_MINUTES)),
    ]


def enter(organisation: Organisation, origin: Origin) -> Entered:
    """Admit an attempt from where it comes: one query, as long as nothing is out of the ordinary.

    Raises HeldError; a flood that is held back has then written nothing.
    """
    if is_exempt(origin.address):
        return Entered(organisation, origin, network=None)
    network = keys.network(origin.address)
    failures, every = _failures_of(network), scopes(organisation)
    counts = counters.read(
        [failures, *(slot for one in every for slot in (one.failures, one.successes))]
    )
    alarms = [one for one in every if counts[one.failures] > one.alarm + counts[one.successes]]
    if counts[failures] < STRANGE.failures.most and not alarms:
        return Entered(organisation, origin, network)
    known = trusted_devices.seen_from(organisation, network)
    ceiling = KNOWN if known else STRANGE
    wanted: dict[Slot, int] = {}
    if counts[failures] >= ceiling.failures.most:
        wanted[ceiling.beyond.slot(f"beyond:{network}")] = ceiling.beyond.most
    strangers = {} if known else {one.left.slot(f"strangers:{one.key}"): one for one in alarms}
    wanted |= {slot: one.left.most for slot, one in strangers.items()}
    taken = _take(wanted)
    if counts[failures] == ceiling.failures.most:
        note("network", organisation, origin)
    for slot, one in strangers.items():
        if taken[slot] == one.left.most:
            note(one.name, organisation, origin)
    return Entered(organisation, origin, network, tuple(taken))


def leave(entered: Entered) -> None:
    """Give back what an attempt took that was not made or decided nothing."""
    if entered.taken:
        counters.add(dict.fromkeys(entered.taken, -1))


def failed(entered: Entered) -> None:
    """Count a failure for the network, the organisation and the installation."""
    counters.add(dict.fromkeys(_failures(entered), 1))


def succeeded(entered: Entered, former_failures: int) -> None:
    """Count a success, which takes nothing and makes its own former failures good."""
    amounts = dict.fromkeys(entered.taken, -1)
    if former_failures:
        amounts |= dict.fromkeys(_failures(entered), -former_failures)
    if random.randrange(SAMPLED) == 0:  # noqa: S311 - an estimate
        amounts |= {one.successes: SAMPLED for one in scopes(entered.organisation)}
    if amounts:
        counters.add(amounts)


def take_for_network(
    limit: Limit, what: str, organisation: Organisation | None, origin: Origin, *, at: object = ""
) -> None:
    """Count one of something for the network it comes from, all of it or `at` one place alone.

    The trail tells of the first refusal in a window. Raises HeldError.
    """
    try:
        limit.take(f"{what}:{at}:{keys.network(origin.address)}")
    except HeldError as error:
        if error.first:
            note(what, organisation, origin)
        raise


def note(what: str, organisation: Organisation | None, origin: Origin) -> None:
    """Write into the trail that a limit is exceeded: once, not for each attempt (LOG-03)."""
    trail.record(
        Tag.LIMIT_EXCEEDED,
        origin,
        organisation=organisation.slug if organisation else "",
        outcome=Outcome.REFUSED,
        limit=what,
    )


def is_exempt(address: str) -> bool:
    """Tell whether the operator vouches for the network of an address."""
    if not settings.KNOWN_NETWORKS:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.KNOWN_NETWORKS)


def _take(wanted: dict[Slot, int]) -> dict[Slot, int]:
    """Add one to each and return the counts, or raise HeldError where one would be too many."""
    if not wanted:
        return {}
    _refuse([one for one, count in counters.read(wanted).items() if count >= wanted[one]])
    counts = counters.add(dict.fromkeys(wanted, 1))
    spent = [one for one, count in counts.items() if count > wanted[one]]
    if spent:
        counters.add(dict.fromkeys(wanted, -1))
    _refuse(spent)
    return counts


def _refuse(spent: list[Slot]) -> None:
    if spent:
        raise HeldError(max(one.ends_at for one in spent))


def _failures(entered: Entered) -> list[Slot]:
    slots = [one.failures for one in scopes(entered.organisation)]
    return slots if entered.network is None else [_failures_of(entered.network), *slots]


def _failures_of(network: str) -> Slot:
    return counters.slot(f"failures:{network}", HOUR)
