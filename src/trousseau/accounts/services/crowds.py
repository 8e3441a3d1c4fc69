"""What many attempts have in common: their network, their organisation, the installation.

A school is one network address, so a network alone is held back only far beyond what people
mistype. What counts is failures that no success has made good: somebody who mistypes and then
signs in has failed nothing. Each figure has its reason in docs/limits.md (SIG-05).

The failures are counted when they are known, so guesses under way at the same moment may pass
a ceiling by as many as there are hashes under way. An account's own limit is exact (`attempts`).
"""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from trousseau.accounts.services import successes, trusted_devices
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.throttling import counters, streaks
from trousseau.throttling.counters import Slot
from trousseau.throttling.delays import Schedule, doubling
from trousseau.throttling.streaks import HeldError, Reserved

WINDOW = timedelta(hours=1)
# Failures of one network within the window: of one whose people have signed in lately, of one
# that nobody is known to use, and of such a one while there is an alarm.
KNOWN_NETWORK = 600
STRANGE_NETWORK = 30
STRANGE_NETWORK_IN_ALARM = 3
KNOWN_SPACING = Schedule(free=0, steps=(timedelta(seconds=10),))
STRANGE_DELAYS = Schedule(free=0, steps=doubling(timedelta(seconds=30), timedelta(hours=1)))
# There is an alarm while failures outnumber successes by so many.
ORGANISATION_ALARM = 300
INSTALLATION_ALARM = 1000
# In an alarm, what all strangers together may still fail at.
BUDGET_WINDOW = timedelta(minutes=10)
ORGANISATION_BUDGET = 100
INSTALLATION_BUDGET = 200
INSTALLATION = "installation"


@dataclass(frozen=True)
class Scope:
    """An organisation or the installation: what raises its alarm, and what is left then."""

    name: str
    ceiling: int
    budget: int

    @property
    def failures(self) -> Slot:
        """Failures within the hour."""
        return counters.slot(f"failures:{self.name}", WINDOW)

    @property
    def successes(self) -> Slot:
        """Successes within the hour."""
        return counters.slot(f"successes:{self.name}", WINDOW)

    @property
    def strangers(self) -> Slot:
        """Attempts of strangers during an alarm."""
        return counters.slot(f"strangers:{self.name}", BUDGET_WINDOW)

    @property
    def noted(self) -> Slot:
        """Whether the trail tells of this hour's alarm."""
        return counters.slot(f"noted:{self.name}", WINDOW)


@dataclass(frozen=True)
class Place:
    """Where an attempt comes from, and what that means for it."""

    organisation: Organisation
    origin: Origin
    network: str
    # Networks that the operator vouches for are never slowed as a whole.
    exempt: bool
    ceiling: int = STRANGE_NETWORK
    spacing: Schedule | None = None
    alarms: list[Scope] = field(default_factory=list)


@dataclass(frozen=True)
class Entered:
    """What an attempt has taken from what it shares with others."""

    place: Place
    turn: Reserved | None = None


def scopes(organisation: Organisation) -> list[Scope]:
    """Return what an attempt at an organisation's door counts for."""
    one = Scope(f"organisation-{organisation.pk}", ORGANISATION_ALARM, ORGANISATION_BUDGET)
    return [one, Scope(INSTALLATION, INSTALLATION_ALARM, INSTALLATION_BUDGET)]


def look(organisation: Organisation, origin: Origin) -> Place:
    """Find out how things stand where an attempt comes from, counting nothing.

    Raises HeldError when it is known already that there is no turn: a flood must cost little.
    """
    network = trusted_devices.network_key(origin.address)
    if is_exempt(origin.address):
        return Place(organisation, origin, network, exempt=True)
    every = scopes(organisation)
    failures = _failures_of(network)
    slots = [failures, *(slot for one in every for slot in (one.failures, one.successes))]
    counts = counters.read(slots)
    alarms = [one for one in every if counts[one.failures] > one.ceiling + counts[one.successes]]
    ceiling = STRANGE_NETWORK_IN_ALARM if alarms else STRANGE_NETWORK
    if counts[failures] < ceiling and not alarms:
        return Place(organisation, origin, network, exempt=False)
    known = trusted_devices.seen_from(organisation, network)
    if known:
        ceiling = KNOWN_NETWORK
    spacing = KNOWN_SPACING if known else STRANGE_DELAYS
    place = Place(
        organisation,
        origin,
        network,
        exempt=False,
        ceiling=ceiling,
        spacing=spacing if counts[failures] >= ceiling else None,
        alarms=[] if known else alarms,
    )
    _refuse_early(place)
    return place


def enter(place: Place) -> Entered:
    """Take a turn, where turns are counted. Raises HeldError."""
    turn = streaks.reserve(_turns(place), place.spacing) if place.spacing else None
    if place.alarms:
        every = [slot for one in place.alarms for slot in (one.strangers, one.noted)]
        counts = counters.add(dict.fromkeys(every, 1))
        for one in place.alarms:
            if counts[one.noted] == 1:
                note(place.organisation, place.origin, one.name.partition("-")[0])
        spent = [one for one in place.alarms if counts[one.strangers] > one.budget]
        if spent:
            leave(Entered(place, turn))
            raise HeldError(max(one.strangers.ends_at for one in spent), 0)
    return Entered(place, turn)


def leave(entered: Entered) -> None:
    """Give back the turn of an attempt that succeeded, was not made or decided nothing."""
    if entered.turn:
        streaks.give_back(entered.turn)
    if entered.place.alarms:
        counters.add({one.strangers: -1 for one in entered.place.alarms})


def failed(entered: Entered) -> None:
    """Count a failure for the network, the organisation and the installation."""
    place = entered.place
    network = _failures_of(place.network)
    slots = [one.failures for one in scopes(place.organisation)]
    counts = counters.add(dict.fromkeys(slots if place.exempt else [network, *slots], 1))
    if not place.exempt and counts[network] == place.ceiling:
        note(place.organisation, place.origin, "network")


def succeeded(entered: Entered, former_failures: int) -> None:
    """Count a success, which makes its own former failures good."""
    leave(entered)
    place = entered.place
    every = scopes(place.organisation)
    successes.count([one.successes for one in every])
    if former_failures:
        slots = [one.failures for one in every]
        if not place.exempt:
            slots.append(_failures_of(place.network))
        counters.add(dict.fromkeys(slots, -former_failures))


def note(organisation: Organisation, origin: Origin, what: str) -> None:
    """Write into the trail that a limit is exceeded: once, not for each attempt (LOG-03)."""
    trail.record(
        Tag.LIMIT_EXCEEDED,
        origin,
        organisation=organisation.slug,
        outcome=Outcome.REFUSED,
        limit=what,
    )


def _refuse_early(place: Place) -> None:
    until: list[datetime] = []
    if place.spacing and (held := streaks.held(_turns(place))):
        until.append(held)
    if place.alarms:
        counts = counters.read([one.strangers for one in place.alarms])
        spent = [one for one in place.alarms if counts[one.strangers] >= one.budget]
        until += [one.strangers.ends_at for one in spent]
    if until:
        raise HeldError(max(until), 0)


def _failures_of(network: str) -> Slot:
    return counters.slot(f"failures:{network}", WINDOW)


def _turns(place: Place) -> str:
    return f"turns:{place.network}"


def is_exempt(address: str) -> bool:
    """Tell whether the operator vouches for the network of an address."""
    if not settings.KNOWN_NETWORKS:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.KNOWN_NETWORKS)
