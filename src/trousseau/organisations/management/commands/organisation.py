"""`trousseau organisation add SLUG NAME …` and `trousseau organisation change SLUG …`."""

import argparse
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from trousseau import pictures
from trousseau.audit import trail
from trousseau.audit.origin import COMMAND_LINE
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation, OrganisationHost

TEXTS = (
    "name",
    "place",
    "uai",
    "language",
    "colour",
    "help-name",
    "help-email",
    "help-phone",
    "help-text",
    "cas-url",
    "cas-name",
    "cas-identifier",
    "cas-directory-id",
    "mail-from",
    "trail-reason",
    "new-device-mail",
)
SWITCHES = ("active", "local-sign-in", "email-sign-in", "answers-unknown-addresses", "cas-silent")
LISTS = {"alias": "aliases", "offer-language": "languages"}


class Command(BaseCommand):
    """Organisations from the command line."""

    help = "Add an organisation, or change one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two actions; both take every setting of an organisation."""
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="add an organisation")
        add.add_argument("slug", help="its part of the address: leia for /leia/")
        add.add_argument("name")
        self._declare_settings(add, skip="name")
        change = actions.add_parser("change", help="change an organisation")
        change.add_argument("slug")
        self._declare_settings(change)

    @staticmethod
    def _declare_settings(parser: argparse.ArgumentParser, skip: str = "") -> None:
        for name in TEXTS:
            if name != skip:
                parser.add_argument(f"--{name}")
        for name in SWITCHES:
            parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None)
        for name in LISTS:
            parser.add_argument(f"--{name}", action="append", help="repeatable")
        parser.add_argument("--host", action="append", help="own host name; repeatable")
        parser.add_argument("--logo", type=Path, help="a JPEG, PNG or WebP file")
        parser.add_argument("--link-hours", type=int, help="life of a mailed link, 1 to 24")
        parser.add_argument(
            "--trail-months",
            type=int,
            help="how long the audit trail is kept, 6 to 36; beyond 12 with --trail-reason",
        )
        parser.add_argument(
            "--minimum-length", type=_length, action="append", help="pupil=10; repeatable"
        )
        parser.add_argument("--cas-version", type=int, help="2 or 3")
        parser.add_argument(
            "--cas-attribute",
            type=_attribute,
            action="append",
            help="given_name=givenName; repeatable",
        )
        parser.add_argument(
            "--detail", type=_detail, action="append", help="pupil.photo=hidden; repeatable"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Add or change the organisation, or say what is wrong."""
        organisation = self._organisation(options)
        before = _settings(organisation)
        _apply(organisation, options)
        try:
            organisation.full_clean()
            with transaction.atomic():
                if options["logo"]:
                    picture = pictures.fitted(options["logo"].read_bytes())
                    name = f"{organisation.slug}.webp"
                    organisation.logo.save(name, ContentFile(picture), save=False)
                organisation.save()
                for name in options["host"] or []:
                    _add_host(organisation, name.lower())
                changed = _settings(organisation).items() - before.items()
                names = sorted(dict(changed)) + ["hosts"] * bool(options["host"])
                _record(organisation, options["action"], names)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except pictures.PictureRefusedError as error:
            message = f"The logo cannot be used: {error.reason}."
            raise CommandError(message) from error
        self.stdout.write(f"{organisation.name} is at /{organisation.slug}/")

    @staticmethod
    def _organisation(options: dict[str, Any]) -> Organisation:
        if options["action"] == "add":
            return Organisation(slug=options["slug"])
        organisation = Organisation.objects.filter(slug=options["slug"]).first()
        if organisation is None:
            message = f"There is no organisation {options['slug']!r}."
            raise CommandError(message)
        return organisation


def _settings(organisation: Organisation) -> dict[str, Any]:
    fields = organisation._meta.concrete_fields  # noqa: SLF001 - documented by Django
    values = {field.attname: getattr(organisation, field.attname) for field in fields}
    # Some are lists and mappings, which are changed where they are.
    return {name: str(value) for name, value in values.items() if name not in {"id", "changed_at"}}


def _record(organisation: Organisation, action: str, changed: list[str]) -> None:
    """Note which settings were changed, not what they say."""
    trail.record(
        Tag.ORGANISATION_CHANGED,
        COMMAND_LINE,
        organisation=organisation.slug,
        action=action,
        settings=changed,
    )


def _add_host(organisation: Organisation, name: str) -> None:
    if not organisation.hosts.filter(name=name).exists():
        host = OrganisationHost(organisation=organisation, name=name)
        host.full_clean()
        host.save()


def _apply(organisation: Organisation, options: dict[str, Any]) -> None:
    fields = {name.replace("-", "_"): name.replace("-", "_") for name in (*TEXTS, *SWITCHES)}
    fields |= {option.replace("-", "_"): field for option, field in LISTS.items()}
    fields |= {name: name for name in ("link_hours", "cas_version", "trail_months")}
    for option, field in fields.items():
        if options.get(option) is not None:
            setattr(organisation, field, options[option])
    for kind, length in options["minimum_length"] or []:
        organisation.minimum_lengths[kind] = length
    organisation.cas_attributes |= dict(options["cas_attribute"] or [])
    for role, detail, right in options["detail"] or []:
        organisation.details_policy.setdefault(role, {})[detail] = right


def _length(text: str) -> tuple[str, int]:
    kind, _, length = text.partition("=")
    return kind, int(length)


def _attribute(text: str) -> tuple[str, str]:
    detail, _, attribute = text.partition("=")
    return detail, attribute


def _detail(text: str) -> tuple[str, str, str]:
    place, _, right = text.partition("=")
    role, _, detail = place.partition(".")
    return role, detail, right
