"""`trousseau account add SLUG USERNAME …`."""

import getpass
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trousseau.accounts.models import Account
from trousseau.accounts.services import passwords, registration
from trousseau.addresses import InvalidAddressError
from trousseau.organisations import lookup


class Command(BaseCommand):
    """Accounts from the command line."""

    help = "Add an account."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `add` and its options."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add an account")
        add.add_argument("organisation", help="slug of its organisation")
        add.add_argument("username")
        add.add_argument("--given-name", required=True)
        add.add_argument("--family-name", required=True)
        add.add_argument("--role", choices=Account.Role.values, default=Account.Role.ADMINISTRATOR)
        add.add_argument("--email", default="", help="an address known to be theirs")
        add.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Add the account, or say what is wrong."""
        organisation = lookup.by_slug(options["organisation"])
        if organisation is None:
            message = f"There is no active organisation {options['organisation']!r}."
            raise CommandError(message)
        try:
            account = registration.register(
                organisation,
                options["username"],
                role=Account.Role(options["role"]),
                given_name=options["given_name"],
                family_name=options["family_name"],
                email=options["email"],
                password=self._password(from_stdin=options["password_stdin"]),
            )
        except (registration.UsernameTakenError, InvalidAddressError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            faults = (f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
            raise CommandError("; ".join(faults)) from error
        except passwords.PasswordRefusedError as error:
            raise CommandError(error.verdict.message) from error
        self.stdout.write(f"{account.username} can sign in at /{organisation.slug}/sign-in/")

    @staticmethod
    def _password(*, from_stdin: bool) -> str:
        typed = sys.stdin.readline().rstrip("\n") if from_stdin else getpass.getpass("Password: ")
        if not typed:
            # Left out, the account would be one that nobody can open.
            message = "No password was given."
            raise CommandError(message)
        return typed
