"""`trousseau throttling show SLUG USERNAME` and `trousseau throttling clear SLUG USERNAME`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localtime

from trousseau.accounts.models import Account
from trousseau.accounts.services import attempts, lookup
from trousseau.audit.origin import Origin
from trousseau.organisations import lookup as organisations

OPERATOR = Origin(actor="operator")


class Command(BaseCommand):
    """Failed sign-ins of an account, from the command line."""

    help = "Show how often sign-ins to an account have failed, or forget it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        for name, words in (
            ("show", "show failures and until when attempts are held back"),
            ("clear", "forget the failures, so that the next attempt is made at once"),
        ):
            action = actions.add_parser(name, help=words)
            action.add_argument("organisation", help="slug of its organisation")
            action.add_argument("username")

    def handle(self, *_: Any, **options: Any) -> None:
        """Show or clear, or say what is wrong."""
        account = _account(options["organisation"], options["username"])
        if options["action"] == "show":
            self.stdout.write(_told(account))
        elif attempts.clear(account, OPERATOR):
            self.stdout.write(f"{account.username}: failures forgotten.")
        else:
            self.stdout.write(f"{account.username}: there were no failures.")


def _account(slug: str, username: str) -> Account:
    organisation = organisations.by_slug(slug)
    if organisation is None:
        raise CommandError(f"There is no active organisation {slug!r}.")
    account = lookup.by_sign_in_name(organisation, username)
    if account is None:
        raise CommandError(f"There is no account {username!r} at {slug}.")
    account.organisation = organisation
    return account


def _told(account: Account) -> str:
    state = attempts.state_of(account)
    if state.closed:
        hold = "only trusted devices and recovery remain"
    elif state.held_until:
        hold = f"held back until {localtime(state.held_until):%Y-%m-%d %H:%M:%S}"
    else:
        hold = "not held back"
    return (
        f"{account.username}: {state.failures} failures in a row, {hold}; "
        f"{state.devices} trusted devices"
    )
