"""Organisations (tenants), their host names, schools and classes."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from trousseau.audit import retention
from trousseau.organisations import look
from trousseau.organisations.policies import (
    check_cas_attributes,
    check_cas_url,
    check_details_policy,
    check_languages,
    check_minimum_lengths,
)

# First segments of the platform's own addresses: no organisation may take them.
RESERVED_SLUGS = frozenset(
    {"demo", "health", "language", "media", "metrics", "operator", "recover", "static", "unknown"}
)


class Organisation(models.Model):
    """A membership: a school, or a workspace that several schools share."""

    class NewDeviceMail(models.TextChoices):
        """Who is told by mail of the first sign-in on a new device."""

        NOBODY = "nobody"
        ADULTS = "adults"
        EVERYONE = "everyone"

    slug = models.CharField(
        max_length=60, unique=True, validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    )
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True)
    uai = models.CharField(
        _("UAI code"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{7}[A-Za-z]$")],
    )
    aliases = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)

    logo = models.FileField(upload_to="logos/", blank=True)
    colour = models.CharField(
        max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    # Which languages its pages offer; empty: all that the product speaks.
    languages = models.JSONField(default=list, blank=True, validators=[check_languages])
    # Empty: follow the visitor's browser.
    language = models.CharField(max_length=10, blank=True, choices=settings.LANGUAGES)

    help_name = models.CharField(max_length=200, blank=True)
    help_email = models.EmailField(blank=True)
    help_phone = models.CharField(max_length=40, blank=True)
    help_text = models.TextField(max_length=2000, blank=True)

    local_sign_in = models.BooleanField(default=True)
    email_sign_in = models.BooleanField(default=False)
    cas_url = models.URLField(blank=True, validators=[check_cas_url])
    cas_name = models.CharField(max_length=200, blank=True)
    cas_version = models.PositiveSmallIntegerField(default=3, choices=[(2, "CAS 2"), (3, "CAS 3")])
    # Which attribute never changes for a person, and which ones tell who they are in the
    # directory; `user` is the server's own name for them.
    cas_identifier = models.CharField(max_length=100, default="user")
    cas_directory_id = models.CharField(max_length=100, default="user")
    # Details of the account, each with the attribute it is kept up to date from.
    cas_attributes = models.JSONField(default=dict, blank=True, validators=[check_cas_attributes])
    # Ask the CAS server at the first page, without a word, whether the person is known there.
    cas_silent = models.BooleanField(default=False)

    # Empty: the platform's no-reply address.
    mail_from = models.EmailField(blank=True)
    link_hours = models.PositiveSmallIntegerField(
        default=24, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    answers_unknown_addresses = models.BooleanField(default=False)
    new_device_mail = models.CharField(
        max_length=10, choices=NewDeviceMail.choices, default=NewDeviceMail.ADULTS
    )
    minimum_lengths = models.JSONField(default=dict, blank=True, validators=[check_minimum_lengths])
    details_policy = models.JSONField(default=dict, blank=True, validators=[check_details_policy])
    # How long the audit trail is kept; beyond a year only with the reason why (LAW-08).
    trail_months = models.PositiveSmallIntegerField(
        default=retention.USUAL_MONTHS,
        validators=[
            MinValueValidator(retention.SHORTEST_MONTHS),
            MaxValueValidator(retention.LONGEST_MONTHS),
        ],
    )
    trail_reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("organisation")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug__in=sorted(RESERVED_SLUGS)),
                name="organisation_slug_not_reserved",
            ),
            models.CheckConstraint(
                condition=models.Q(link_hours__gte=1, link_hours__lte=24),
                name="organisation_link_hours_between_1_and_24",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    trail_months__gte=retention.SHORTEST_MONTHS,
                    trail_months__lte=retention.LONGEST_MONTHS,
                ),
                name="organisation_trail_kept_between_6_and_36_months",
                violation_error_message="The audit trail is kept for 6 to 36 months.",
            ),
            models.CheckConstraint(
                condition=models.Q(trail_months__lte=retention.USUAL_MONTHS)
                | ~models.Q(trail_reason=""),
                name="organisation_trail_kept_longer_for_a_reason",
                violation_error_message="Beyond 12 months, the audit trail is kept only for a "
                "reason: give it with --trail-reason.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def monogram(self) -> str:
        """The first letter or digit of the name, for where there is no logo."""
        return next((sign.upper() for sign in self.name if sign.isalnum()), "?")

    @property
    def cas_label(self) -> str:
        """What people call the CAS server, or failing that its host."""
        return self.cas_name or urlsplit(self.cas_url).hostname or ""

    @property
    def look_digest(self) -> str:
        """What names the stylesheet in the organisation's colour."""
        return look.sheet(self.colour).digest

    @property
    def offered_languages(self) -> list[tuple[str, str]]:
        """The languages to choose from on the organisation's pages, with their names."""
        return [
            (code, name)
            for code, name in settings.LANGUAGES
            if not self.languages or code in self.languages
        ]

    def as_suggestion(self) -> dict[str, Any]:
        """What the picker tells about the organisation."""
        return {"slug": self.slug, "name": self.name, "place": self.place}


class OrganisationHost(models.Model):
    """A host name that leads straight to one organisation, and to no other."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="hosts")
    # Lower case, no port.
    name = models.CharField(
        max_length=253, unique=True, validators=[RegexValidator(r"^[a-z0-9.-]+$")]
    )

    class Meta:
        verbose_name = _("host name")

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """A school of an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="schools")
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True)
    uai = models.CharField(max_length=8, blank=True)

    class Meta:
        verbose_name = _("school")
        constraints = [
            models.UniqueConstraint("organisation", "name", name="school_name_once_an_organisation")
        ]

    def __str__(self) -> str:
        return self.name


class SchoolClass(models.Model):
    """A class of a school."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="classes")
    name = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints = [models.UniqueConstraint("school", "name", name="class_name_once_a_school")]

    def __str__(self) -> str:
        return self.name
