"""Fill and tend the database: `python -m bench.inside.population`.

Reads one order a line, the name of a job and its numbers, and answers each with a line when
it is done: starting Django anew for each would take longer than the orders.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice

from django.core.management import call_command

from bench import people
from bench.inside import crowd
from trousseau import addresses, clock
from trousseau.accounts import hashing
from trousseau.accounts.models import Account, ContactAddress
from trousseau.accounts.models.account import username_key
from trousseau.audit.origin import Origin
from trousseau.demo.french_places import communes
from trousseau.demo.memberships import memberships
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.recovery.services.asking import request_recovery

AT_ONCE = 2000


def fill(accounts: int, places: int) -> None:
    """Create so many memberships, one of them with so many accounts, each with its address."""
    call_command("migrate", verbosity=0)
    Organisation.objects.bulk_create(islice(_organisations(), places - 1), batch_size=AT_ONCE)
    school = Organisation.objects.create(
        slug=people.SLUG, name="Lycée des Mesures", place="Bar-le-Duc, Meuse", colour="#0b645e"
    )
    _people(school, accounts)


def _organisations() -> Iterator[Organisation]:
    """Yield the demonstration's thousand names, each in one more town a turn."""
    names, towns = memberships(), communes()
    for turn in range(len(towns)):
        for number, one in enumerate(names):
            town = towns[(number * 7 + turn) % len(towns)]
            yield Organisation(
                slug=f"{one.slug[:50]}-{turn}",
                name=one.name,
                place=f"{town.name}, {town.department}" if turn else one.place,
                uai=one.uai,
                aliases=list(one.aliases),
            )


def _people(school: Organisation, count: int) -> None:
    """Create the accounts; they share one hash, which costs its verifier what any other does."""
    password = hashing.hashed(people.PASSWORD)
    accounts = Account.objects.bulk_create(
        (
            Account(
                organisation=school,
                username=people.username(number),
                username_key=username_key(people.username(number)),
                role=Account.Role.GUARDIAN,
                given_name="Prénom",
                family_name=f"Nom{number}",
                password=password,
            )
            for number in range(count)
        ),
        batch_size=AT_ONCE,
    )
    ContactAddress.objects.bulk_create(
        (
            ContactAddress(
                account=account,
                address=people.address(number),
                key=addresses.key(people.address(number)),
                main=True,
                confirmed_at=clock.now(),
            )
            for number, account in enumerate(accounts)
        ),
        batch_size=AT_ONCE,
    )


def ask(count: int) -> None:
    """Queue so many requests of people who have an account."""
    school = Organisation.objects.get(slug=people.SLUG)
    for number in range(count):
        request_recovery(school, people.address(number), "fr", Origin(address="127.0.0.1"))


def settle() -> None:
    """Leave nothing to do, and make what was asked old enough to be asked again."""
    long_ago = clock.now() - timedelta(days=30)
    Message.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=None)
    RecoveryRequest.objects.filter(asked_at__gt=long_ago).update(
        next_attempt_at=None, asked_at=long_ago
    )


def main() -> None:
    """Do what is ordered until the orders end."""
    jobs: dict[str, Callable[..., object]] = {
        "fill": fill,
        "ask": ask,
        "settle": settle,
        "application": crowd.register_application,
        "crowd": crowd.gather,
        "spent": crowd.spent,
    }
    for line in sys.stdin:
        job, *numbers = line.split()
        found = jobs[job](*map(int, numbers))
        print("done" if found is None else f"done {found}", flush=True)


if __name__ == "__main__":
    main()
