"""Families in the demonstration's LEIA, one for each test: like the Marianis, but nobody else's.

`python -m tests.journeys.families PORT DATA NUMBER` prepares the demonstration's data folder with
so many of them and prints them as JSON. It is a process of its own, because the demonstration's
settings are not those of the tests.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import django

from trousseau.demo import surroundings

if TYPE_CHECKING:
    from trousseau.accounts.models import Account
    from trousseau.organisations.models import School

GUARDIAN, SON, DAUGHTER = "Anna", "Ugo", "Ida"
# Everybody's, so that it is hashed once for all of them.
PASSWORD = "groseille-tunnel-hamac-58"


@dataclass(frozen=True)
class Family:
    """A guardian and two children; the address is the guardian's and the daughter's.

    And two administrators who know them, for what helpers do.
    """

    email: str
    guardian: str
    son: str
    daughter: str
    helper: str
    second_helper: str
    password: str = PASSWORD

    @property
    def usernames(self) -> list[str]:
        return [self.guardian, self.son, self.daughter]


def named(number: int) -> Family:
    return Family(
        email=f"colonna{number}@hebergeur.com",
        guardian=f"anna.colonna{number}",
        son=f"ugo.colonna{number}",
        daughter=f"ida.colonna{number}",
        helper=f"aline.dupont{number}",
        second_helper=f"basile.dupont{number}",
    )


def main(port: str, folder: str, number: str) -> None:
    surroundings.prepare(["--port", port, "--data", folder])
    os.environ["DJANGO_SETTINGS_MODULE"] = "trousseau.settings"
    django.setup()
    # Only now has Django the settings that its models ask for.
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from trousseau.accounts.models import Account  # noqa: PLC0415
    from trousseau.accounts.services import passwords  # noqa: PLC0415
    from trousseau.demo import data  # noqa: PLC0415
    from trousseau.organisations.models import School  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    data.create(f"http://127.0.0.1:{port}")
    families = [named(one) for one in range(int(number))]
    school = School.objects.get(name="École de Cervione")
    with transaction.atomic():
        accounts = [account for family in families for account in settle(family, school)]
        password_hash = passwords.prepare(accounts[0], PASSWORD)
        chosen = Account.objects.filter(pk__in=[account.pk for account in accounts])
        chosen.update(password=password_hash)
    sys.stdout.write(json.dumps([asdict(family) for family in families]))


def settle(family: Family, school: "School") -> list["Account"]:
    from trousseau.accounts.models import Account, Guardianship, SchoolPlace  # noqa: PLC0415
    from trousseau.accounts.services.registration import register  # noqa: PLC0415

    def person(
        username: str,
        given_name: str,
        role: Account.Role,
        email: str = "",
        family_name: str = "Colonna",
    ) -> Account:
        account = register(
            school.organisation,
            username,
            role=role,
            given_name=given_name,
            family_name=family_name,
            email=email,
        )
        SchoolPlace.objects.create(account=account, school=school)
        return account

    mother = person(family.guardian, GUARDIAN, Account.Role.GUARDIAN, family.email)
    son = person(family.son, SON, Account.Role.PUPIL)
    daughter = person(family.daughter, DAUGHTER, Account.Role.PUPIL, family.email)
    for child in (son, daughter):
        Guardianship.objects.create(guardian=mother, child=child)
    admin = Account.Role.ADMINISTRATOR
    helpers = [
        person(username, given_name, admin, family_name="Dupont")
        for username, given_name in ((family.helper, "Aline"), (family.second_helper, "Basile"))
    ]
    return [mother, son, daughter, *helpers, at_the_guichet(family, mother, daughter)]


def at_the_guichet(family: Family, *opened: "Account") -> "Account":
    """Give the family one account at LEIA's CAS server, under its address, that opens several."""
    from trousseau.accounts.models import Account  # noqa: PLC0415
    from trousseau.accounts.services.registration import register  # noqa: PLC0415
    from trousseau.organisations.models import Organisation  # noqa: PLC0415
    from trousseau.signin.cas.validation import issuer  # noqa: PLC0415
    from trousseau.signin.models import LinkedIdentity  # noqa: PLC0415

    for account in opened:
        LinkedIdentity.objects.create(
            account=account, issuer=issuer(account.organisation), identifier=family.email
        )
    return register(
        Organisation.objects.get(slug="guichet"),
        family.email,
        role=Account.Role.GUARDIAN,
        given_name=GUARDIAN,
        family_name="Colonna",
        directory_id=family.email,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
