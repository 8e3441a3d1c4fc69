"""`trousseau application list|add|share …`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from trousseau.audit import trail
from trousseau.audit.origin import COMMAND_LINE
from trousseau.audit.tags import Tag
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.profiles import PROFILES, new_service
from trousseau.cas_server.services import applications
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation


class Command(BaseCommand):
    """Applications from the command line."""

    help = "List and add an organisation's applications, and share registers of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the actions and their options."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="list the applications of an organisation")
        listing.add_argument("organisation", help="its slug")
        add = actions.add_parser("add", help="add an application from a profile")
        add.add_argument("organisation", help="slug of the organisation that keeps it")
        add.add_argument("profile", choices=sorted(PROFILES))
        add.add_argument("address", help="address of the application's first page")
        add.add_argument("--name", default="")
        share = actions.add_parser(
            "share", help="make a register that several organisations use, and that you keep"
        )
        share.add_argument("register", help="name of the register; made if it is not there")
        share.add_argument(
            "organisations", nargs="*", help="slugs of those that use it from now on"
        )
        share.add_argument(
            "--move", action="append", default=[], metavar="ID", help="application to move there"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Do what is asked, or say what is wrong."""
        {"list": self._list, "add": self._add, "share": self._share}[options["action"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for service in applications.all_of(_organisation(options["organisation"])):
            state = "" if service.active else "  (not in use)"
            self.stdout.write(f"{service.public_id}  {service.name}  {service.address}{state}")

    def _add(self, options: dict[str, Any]) -> None:
        organisation = _organisation(options["organisation"])
        profile = PROFILES[options["profile"]]
        service = new_service(profile)
        service.name = options["name"] or service.name
        service.address = options["address"]
        if profile.start:
            service.start = service.address.rstrip("/") + "/" + profile.start
        try:
            applications.keep(organisation, service, COMMAND_LINE)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{service.public_id}  {service.name}  {service.address}")

    @transaction.atomic
    def _share(self, options: dict[str, Any]) -> None:
        using = [_organisation(slug) for slug in options["organisations"]]
        register, _ = Registry.objects.get_or_create(name=options["register"], keeper=None)
        register.organisations.add(*using)
        moved = Service.objects.filter(public_id__in=options["move"])
        if len(moved) != len(set(options["move"])):
            raise CommandError("One of the applications to move does not exist.")
        moved.update(registry=register)
        for one in using:
            trail.record(
                Tag.APPLICATION_CHANGED,
                COMMAND_LINE,
                organisation=one.slug,
                register=register.name,
                moved=options["move"],
            )
        slugs = ", ".join(register.organisations.values_list("slug", flat=True).order_by("slug"))
        names = ", ".join(register.services.values_list("name", flat=True))
        self.stdout.write(f"{register.name}: {names or 'no application'} → {slugs or 'nobody'}")


def _organisation(slug: str) -> Organisation:
    organisation = lookup.by_slug(slug)
    if organisation is None:
        message = f"There is no active organisation {slug!r}."
        raise CommandError(message)
    return organisation
