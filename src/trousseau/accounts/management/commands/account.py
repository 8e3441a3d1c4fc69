"""`trousseau account add SLUG USERNAME …`, and what only the command line may do to one."""

import getpass
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trousseau.accounts.models import Account
from trousseau.accounts.models.account import username_key
from trousseau.accounts.services import factors, passwords, registration, standing
from trousseau.addresses import InvalidAddressError
from trousseau.audit.origin import Origin
from trousseau.organisations import lookup

COMMAND_LINE = Origin(actor="command line")


class Action(NamedTuple):
    """Something done to one account: false from `act` means that there was nothing to do."""

    act: Callable[[Account, Origin], bool | None]
    help: str
    done: str
    refusal: str = ""


ACTIONS = {
    "suspend": Action(
        standing.suspend,
        "let nothing open an account",
        "suspended",
        "not active, so nothing is done",
    ),
    "reactivate": Action(
        standing.reactivate, "let a suspended account be used again", "active", "not suspended"
    ),
    # For whoever has nobody who could help: an organisation with a single administrator.
    "forget-factors": Action(
        factors.forget_all, "take every second factor off an account", "second factors forgotten"
    ),
}


class Command(BaseCommand):
    """Accounts from the command line."""

    help = "Add an account, suspend it, or take lost second factors off it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `add` and its options."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add an account")
        add.add_argument("organisation", help="slug of its organisation")
        add.add_argument("username")
        add.add_argument("--given-name", required=True)
        add.add_argument("--family-name", required=True)
        add.add_argument("--role", choices=Account.Role.values, default=Account.Role.ADMINISTRATOR)
        add.add_argument(
            "--operator",
            action="store_true",
            help="they run the installation, and must have a second factor",
        )
        add.add_argument("--email", default="", help="an address known to be theirs")
        add.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

        for name, what in ACTIONS.items():
            action = actions.add_parser(name, help=what.help)
            action.add_argument("organisation", help="slug of its organisation")
            action.add_argument("username")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do what is asked, or say what is wrong."""
        action = ACTIONS.get(options["action"])
        if action:
            self._act(action, options)
        else:
            self._add(options)

    def _act(self, action: Action, options: dict[str, Any]) -> None:
        account = (
            Account.objects.select_related("organisation")
            .filter(
                organisation__slug=options["organisation"],
                username_key=username_key(options["username"]),
            )
            .first()
        )
        if account is None:
            message = f"There is no account {options['username']!r} there."
            raise CommandError(message)
        if action.act(account, COMMAND_LINE) is False:
            message = f"{account.username}: {action.refusal}."
            raise CommandError(message)
        self.stdout.write(f"{account.username}: {action.done}.")

    def _add(self, options: dict[str, Any]) -> None:
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
                is_operator=options["operator"],
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
