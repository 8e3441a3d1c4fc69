"""The register of applications: who may ask us who somebody is, and what they are told."""

import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from trousseau import tokens
from trousseau.accounts.models import Account
from trousseau.cas_server import matching
from trousseau.cas_server.protocol.answers import is_attribute_name
from trousseau.organisations.models import Organisation, School, SchoolClass


def salt() -> str:
    """Return what makes a person's opaque identifier another one in every application."""
    return secrets.token_hex(16)


def check_address(text: str) -> None:
    """Refuse an address that could not be compared, or that is not encrypted."""
    try:
        address = matching.parse(text)
    except matching.UnusableAddressError as error:
        raise ValidationError(
            _("Write the whole address of the application, for example https://moodle.example/.")
        ) from error
    if not matching.may_be_used(address, plain_loopback=settings.DEMO):
        raise ValidationError(_("The address must begin with https://."))


def check_prefix(text: str) -> None:
    """Refuse an address with a query: everything at or below the address is meant."""
    check_address(text)
    if "?" in text:
        raise ValidationError(_("Leave out what follows the question mark."))


def check_attributes(attributes: object) -> None:
    """Refuse released names that XML or the protocol does not permit, or unknown details."""
    if not isinstance(attributes, dict):
        raise ValidationError(_("Give a detail for each name."))
    for name, source in attributes.items():
        if not is_attribute_name(name) or source not in Service.Source:
            raise ValidationError(
                _("%(name)s: a name has letters, digits, dots, hyphens and underscores only."),
                params={"name": name},
            )


def check_roles(roles: object) -> None:
    """Refuse roles that do not exist."""
    if not isinstance(roles, list) or not set(roles) <= set(Account.Role.values):
        raise ValidationError(_("Choose among the roles."))


class Registry(models.Model):
    """A set of applications, used by one organisation or shared by several.

    The keeper's administrators change it; without a keeper, the operator does.
    """

    name = models.CharField(max_length=200)
    keeper = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    organisations = models.ManyToManyField(Organisation, related_name="registries")

    class Meta:
        verbose_name = _("register of applications")

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """An application, what it learns about people, and who may use it."""

    class Identifier(models.TextChoices):
        """By what the application knows a person."""

        USERNAME = "username", _("Username")
        OPAQUE = "opaque", _("An identifier that means nothing elsewhere")
        EMAIL = "email", _("E-mail address")
        DIRECTORY = "directory_id", _("Identifier in the school's directory")

    class Source(models.TextChoices):
        """A detail that may be released."""

        USERNAME = "username", _("Username")
        GIVEN_NAME = "given_name", _("First name")
        FAMILY_NAME = "family_name", _("Family name")
        FULL_NAME = "full_name", _("First name and family name")
        EMAIL = "email", _("E-mail address")
        ROLE = "role", _("Role")
        PROFILE = "profile", _("National profile (National_1, National_2…)")
        SCHOOLS = "schools", _("Names of the schools")
        SCHOOL_CODES = "school_codes", _("UAI codes of the schools")
        CLASSES = "classes", _("Classes")
        DIRECTORY = "directory_id", _("Identifier in the school's directory")
        OPAQUE = "opaque", _("An identifier that means nothing elsewhere")
        BIRTH_DATE = "birth_date", _("Date of birth")
        LANGUAGE = "language", _("Language")
        ORGANISATION = "organisation", _("Organisation")

    public_id = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    registry = models.ForeignKey(Registry, on_delete=models.CASCADE, related_name="services")
    profile = models.CharField(max_length=30, blank=True)
    name = models.CharField(_("Name of the application"), max_length=100)
    description = models.CharField(_("In a few words"), max_length=200, blank=True)
    logo = models.FileField(_("Logo"), upload_to="applications/", blank=True)
    active = models.BooleanField(_("In use"), default=True)
    listed = models.BooleanField(_("Shown on people's first page"), default=True)

    address = models.CharField(
        _("Address"), max_length=matching.MAX_LENGTH, validators=[check_prefix]
    )
    # What the address is looked up by; the address itself decides.
    host = models.CharField(max_length=253, db_index=True)
    # Where the tile leads; empty: the address.
    start = models.CharField(
        _("Address of its sign-in page"),
        max_length=matching.MAX_LENGTH,
        blank=True,
        validators=[check_address],
    )
    # A back end that is no website asks for proxy tickets under its bare name.
    backend_name = models.CharField(_("Name as a back end"), max_length=200, blank=True)

    identifier = models.CharField(
        _("Known by"), max_length=20, choices=Identifier.choices, default=Identifier.USERNAME
    )
    # Released name → detail.
    attributes = models.JSONField(default=dict, blank=True, validators=[check_attributes])
    # CAS 2.0 knows no attributes, but most of its clients read them.
    attributes_in_cas2 = models.BooleanField(_("Details in CAS 2.0 answers as well"), default=False)
    salt = models.CharField(max_length=32, default=salt)

    # Empty: everybody.
    roles = models.JSONField(default=list, blank=True, validators=[check_roles])
    schools = models.ManyToManyField(School, blank=True, related_name="+")
    classes = models.ManyToManyField(SchoolClass, blank=True, related_name="+")

    renew_required = models.BooleanField(_("Ask for the password each time"), default=False)
    may_proxy = models.BooleanField(_("May act for people in other applications"), default=False)
    # Empty: below the address.
    callback = models.CharField(
        _("Address that receives proxy granting tickets"),
        max_length=matching.MAX_LENGTH,
        blank=True,
        validators=[check_prefix],
    )
    accepts_proxies = models.BooleanField(
        _("Lets other applications act for people"), default=False
    )
    single_logout = models.BooleanField(_("Told when people sign out"), default=True)
    # Empty: the address that people came to.
    logout_address = models.CharField(
        _("Address that is told"),
        max_length=matching.MAX_LENGTH,
        blank=True,
        validators=[check_address],
    )

    class Meta:
        verbose_name = _("application")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the host findable."""
        self.host = matching.parse(self.address).host
        super().save(*args, **kwargs)

    @property
    def tile_address(self) -> str:
        """Where somebody who wants to use the application is sent."""
        return self.start or self.address

    @property
    def monogram(self) -> str:
        """The first letter or digit of the name, for where there is no logo."""
        return next((sign.upper() for sign in self.name if sign.isalnum()), "?")
