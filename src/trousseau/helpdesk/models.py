"""Requests for help from people who cannot get in by themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trousseau import clock, tokens
from trousseau.organisations.models import Organisation, School


class HelpRequest(models.Model):
    """What somebody wrote on the help page; it reaches the organisation's helper by mail."""

    class Asker(models.TextChoices):
        """Who says to be asking; a helper checks it."""

        PUPIL = "pupil", _("A pupil")
        GUARDIAN = "guardian", _("A parent or guardian")
        STAFF = "staff", _("A teacher or member of staff")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=9, unique=True, default=tokens.reference)
    asked_at = models.DateTimeField(default=clock.now)
    asked_from = models.GenericIPAddressField(null=True, blank=True)
    asker = models.CharField(_("You are"), max_length=10, choices=Asker.choices)
    given_name = models.CharField(_("First name"), max_length=150)
    family_name = models.CharField(_("Family name"), max_length=150)
    school = models.ForeignKey(
        School, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("School")
    )
    school_class = models.CharField(_("Class"), max_length=100, blank=True)
    reach = models.CharField(_("How can we reach you?"), max_length=200)
    text = models.TextField(_("What is the matter?"), max_length=2000)

    class Meta:
        verbose_name = _("help request")
        indexes = [models.Index(fields=["organisation", "-asked_at"], name="help_request_asked")]

    def __str__(self) -> str:
        return self.reference
