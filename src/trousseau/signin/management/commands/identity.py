"""`trousseau identity forget SLUG USERNAME`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trousseau.accounts.models import Account
from trousseau.accounts.models.account import username_key
from trousseau.audit.origin import COMMAND_LINE
from trousseau.signin.cas import identities


class Command(BaseCommand):
    """Linked identities from the command line."""

    help = "Forget which identity of a CAS server opens an account."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `forget`."""
        actions = parser.add_subparsers(dest="action", required=True)
        forget = actions.add_parser(
            "forget", help="let the next identity with the directory identifier open the account"
        )
        forget.add_argument("organisation", help="slug of its organisation")
        forget.add_argument("username")

    def handle(self, *_: Any, **options: Any) -> None:
        """Forget it, or say that there is nothing to forget."""
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
        if not identities.unlink(account, COMMAND_LINE):
            message = f"No identity opens {account.username}."
            raise CommandError(message)
        self.stdout.write(f"{account.username} will be linked anew at the next sign-in.")
