"""Requests to get back in, each with all that a helper needs to answer « I got nothing »."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trousseau import clock, tokens
from trousseau.accounts.models import Credential
from trousseau.organisations.models import Organisation
from trousseau.work.models import Work, due_index


class RecoveryRequest(Work):
    """Somebody asked for a new password, by e-mail address.

    `answer` is what the worker found; how the mail fares is told by its messages and by the
    credentials that it carried.
    """

    class Answer(models.TextChoices):
        """What was done about the request."""

        NONE_YET = "", _("waiting")
        MAILED = "mailed", _("a mail lists the accounts")
        UNKNOWN = "unknown", _("no account has this address")
        UNKNOWN_MAILED = "unknown_mailed", _("a mail says that no account has this address")
        REPEATED = "repeated", _("asked again too soon: the mail before holds")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    reference = models.CharField(max_length=9, unique=True, default=tokens.reference)
    typed_address = models.CharField(max_length=254)
    address_key = models.CharField(max_length=320)
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(default=clock.now)
    asked_from = models.GenericIPAddressField(null=True, blank=True)
    answer = models.CharField(max_length=20, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # When one of its links was used: from then on the address may be asked about again.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("recovery request")
        indexes = [
            due_index("recovery_request_due"),
            models.Index(fields=["address_key", "-asked_at"], name="recovery_request_address"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.answer}"


class RecoveryLink(models.Model):
    """A credential that was mailed in answer to a request."""

    request = models.ForeignKey(RecoveryRequest, on_delete=models.CASCADE, related_name="links")
    credential = models.OneToOneField(
        Credential, on_delete=models.CASCADE, related_name="recovery_link"
    )

    class Meta:
        verbose_name = _("recovery link")

    def __str__(self) -> str:
        return f"{self.request_id} → {self.credential_id}"


class NoAccountNotice(models.Model):
    """When an unknown address was last told that it has no account here: once a day at most."""

    address_key = models.CharField(max_length=320, primary_key=True)
    told_at = models.DateTimeField()

    class Meta:
        verbose_name = "no-account notice"

    def __str__(self) -> str:
        return f"{self.told_at:%Y-%m-%d %H:%M}"
