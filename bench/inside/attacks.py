"""Attacks and busy mornings on the product's own services, with a clock that travels.

Nothing of the throttling is replaced: only the time, and the hash by its verdict, so that an hour
of guessing takes a minute.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from unittest.mock import patch

from trousseau import clock
from trousseau.accounts import hashing
from trousseau.accounts.models import Account
from trousseau.accounts.services import crowds, trusted_devices
from trousseau.accounts.services.registration import register
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.throttling.held import HeldError

RIGHT, WRONG = "right", "wrong"
STORED = "a hash nobody computes"
MISTYPED = 0.15
AGENT = "Firefox/140 Windows"
HOUR = 3600.0


@dataclass
class Hours:
    """The time, as the product sees it."""

    moment: datetime

    def now(self) -> datetime:
        """Stand in for Django's clock."""
        return self.moment


@dataclass
class Person:
    """Somebody who wants to be in, and what became of it."""

    account: Account
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    first: datetime | None = None
    waited: timedelta = timedelta()
    held: int = 0
    entered: bool = False


@dataclass
class Tally:
    """What became of the guesses."""

    guesses: int = 0
    hashed: int = 0
    why: Counter[str] = field(default_factory=Counter)


class World:
    """Events in the order of time, on one clock."""

    def __init__(self, hours: Hours, seed: int = 1) -> None:
        """Begin at the clock's present moment."""
        self.hours = hours
        self.chance = random.Random(seed)  # noqa: S311 - a simulation that must repeat itself
        self.hashes = 0
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, moment: datetime, event: Callable[[], None]) -> None:
        """Have something happen at a moment."""
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, event))

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Have something happen so much later than now."""
        self.at(self.hours.moment + timedelta(seconds=seconds), event)

    def run(self) -> None:
        """Let everything happen."""
        while self._events:
            moment, _, event = heapq.heappop(self._events)
            self.hours.moment = max(self.hours.moment, moment)
            event()

    def guess(self, organisation: Organisation, name: str, address: str, tally: Tally) -> None:
        """Try a wrong password from somewhere, and note whether it reached the hash."""
        tally.guesses += 1
        before = self.hashes
        try:
            services.recognise(organisation, name, WRONG, Origin(address, "curl/8"), {})
        except services.SignInRefusedError:
            tally.hashed += self.hashes - before
        except HeldError as error:
            tally.why["closed" if error.until is None else "held"] += 1

    def arrives(self, person: Person) -> None:
        """Let somebody sign in, mistyping now and then, and wait when told to."""
        person.first = person.first or self.hours.moment
        typed = WRONG if self.chance.random() < MISTYPED else RIGHT
        origin = Origin(person.address, AGENT)
        account = person.account
        try:
            services.recognise(
                account.organisation, account.username, typed, origin, person.cookies
            )
        except services.SignInRefusedError:
            self.after(self.chance.uniform(4, 20), lambda: self.arrives(person))
        except HeldError as error:
            person.held += 1
            if error.until:
                person.waited += error.until - self.hours.moment
                self.at(error.until, lambda: self.arrives(person))
        else:
            person.entered = True
            secret = services.trust_browser(account, person.cookies, origin)
            person.cookies = {**person.cookies, trusted_devices.label(account): secret}


@contextmanager
def world(start: datetime) -> Iterator[World]:
    """Give a world whose clock is the product's, and where a hash costs nothing."""
    hours = Hours(start)
    here = World(hours)

    def verify(password: str, stored: str | None) -> tuple[bool, None]:
        here.hashes += 1
        return stored is not None and password == RIGHT, None

    with (
        patch.object(clock, "timezone", hours),
        patch.object(hashing, "verify", verify),
        patch.object(crowds, "random", here.chance),
    ):
        yield here


def people(organisation: Organisation, prefix: str, addresses: list[str]) -> list[Person]:
    """Make a pupil for each address."""
    made = []
    for number, address in enumerate(addresses):
        account = register(
            organisation,
            f"{prefix}{number}",
            role=Account.Role.PUPIL,
            given_name="Ada",
            family_name=f"{prefix}{number}",
        )
        account.password = STORED
        account.save(update_fields=["password"])
        made.append(Person(account, address))
    return made


def networks(first: int, number: int) -> list[str]:
    """Return one address in each of so many networks that nobody else of a simulation uses."""
    return [f"{first + n // 65536}.{n // 256 % 256}.{n % 256}.7" for n in range(number)]


def morning(here: World, organisation: Organisation, pupils: int, seconds: float) -> list[Person]:
    """Have a school's pupils sign in behind one address, in browsers that keep nothing."""
    everybody = people(organisation, "pupil", ["192.0.2.10"] * pupils)
    for person in everybody:
        here.after(here.chance.uniform(0, seconds), partial(here.arrives, person))
    here.run()
    return everybody


def one_account(
    here: World,
    organisation: Organisation,
    *,
    guesses: int,
    addresses: int,
    seconds: float,
    visits: int,
) -> tuple[Tally, list[Person]]:
    """Guess at one account from many networks, while its owner comes back on a trusted device."""
    (owner,) = people(organisation, "owner", ["198.51.100.4"])
    while not owner.entered:
        here.arrives(owner)
        here.hours.moment += timedelta(seconds=10)
        here.run()
    tally, sources = Tally(), networks(11, addresses)
    for number in range(guesses):
        here.after(
            number * seconds / guesses,
            partial(
                here.guess,
                organisation,
                owner.account.username,
                sources[number % addresses],
                tally,
            ),
        )
    comings = [Person(owner.account, owner.address, owner.cookies) for _ in range(visits)]
    for person in comings:
        here.after(here.chance.uniform(0, seconds), partial(here.arrives, person))
    here.run()
    return tally, comings


def spraying(
    here: World,
    organisations: list[Organisation],
    *,
    guesses: int,
    addresses: int,
    seconds: float,
    each: int,
) -> tuple[Tally, dict[str, list[Person]]]:
    """Guess once at each of many accounts, while their owners sign in from here and there.

    A third on devices they have used before, a third in new browsers of networks where others
    have signed in before, a third as strangers: new browsers in networks nobody has used.
    """
    first = organisations[0]
    trusted = people(first, "trusted", networks(60, each))
    neighbours = people(first, "neighbour", networks(60, each))
    strangers = people(first, "stranger", networks(70, each))
    for person in trusted:
        here.after(here.chance.uniform(0, HOUR), partial(here.arrives, person))
    here.run()
    groups = {
        "on a trusted device": [Person(one.account, one.address, one.cookies) for one in trusted],
        "new browser, known network": neighbours,
        "new browser, unknown network": strangers,
    }
    here.hours.moment += timedelta(days=1)
    tally, sources = Tally(), networks(11, addresses)
    for number in range(guesses):
        here.after(
            number * seconds / guesses,
            partial(
                here.guess,
                organisations[number % len(organisations)],
                f"target{number}",
                sources[number % addresses],
                tally,
            ),
        )
    for person in [one for group in groups.values() for one in group]:
        here.after(here.chance.uniform(0, seconds), partial(here.arrives, person))
    here.run()
    return tally, groups
