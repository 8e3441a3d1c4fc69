"""`trousseau organisation add SLUG NAME …`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from trousseau.organisations.models import Organisation, OrganisationHost


class Command(BaseCommand):
    """Organisations from the command line."""

    help = "Add an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `add` and its options."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add an organisation")
        add.add_argument("slug", help="its part of the address: leia for /leia/")
        add.add_argument("name")
        add.add_argument("--place", default="")
        add.add_argument("--uai", default="", help="the school's UAI code")
        add.add_argument("--alias", action="append", default=[], help="another name; repeatable")
        add.add_argument("--language", default="", help="fr or en; empty follows the browser")
        add.add_argument("--colour", default="", help="#rrggbb")
        add.add_argument("--host", action="append", default=[], help="own host name; repeatable")
        add.add_argument("--help-name", default="")
        add.add_argument("--help-email", default="")
        add.add_argument("--help-phone", default="")
        add.add_argument("--cas-url", default="")
        add.add_argument("--cas-name", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        """Add the organisation, or say what is wrong."""
        organisation = Organisation(
            slug=options["slug"],
            name=options["name"],
            place=options["place"],
            uai=options["uai"],
            aliases=options["alias"],
            language=options["language"],
            colour=options["colour"],
            help_name=options["help_name"],
            help_email=options["help_email"],
            help_phone=options["help_phone"],
            cas_url=options["cas_url"],
            cas_name=options["cas_name"],
        )
        try:
            with transaction.atomic():
                organisation.full_clean()
                organisation.save()
                for name in options["host"]:
                    host = OrganisationHost(organisation=organisation, name=name.lower())
                    host.full_clean()
                    host.save()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{organisation.name} is at /{organisation.slug}/")
