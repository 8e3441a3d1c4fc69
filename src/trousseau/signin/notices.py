"""Tell owners what happened at the door of their account (SIG-10)."""

from django.conf import settings

from trousseau.accounts.models import Account, ContactAddress, TrustedDevice
from trousseau.accounts.services import lookup
from trousseau.mail import outbox
from trousseau.organisations.models import Organisation

NEW_DEVICE = "signin/new-device"
AFTER_FAILURES = "signin/after-failures"


def tell_of_device(account: Account, device: TrustedDevice) -> None:
    """Tell the account's own addresses of a device it was never opened on before.

    Where the organisation wishes so; by default adults alone. A pupil goes from one computer of
    the school to the next, and mostly has no address.
    """
    wishes = account.organisation.new_device_mail
    if wishes == Organisation.NewDeviceMail.NOBODY:
        return
    if account.role == Account.Role.PUPIL and wishes != Organisation.NewDeviceMail.EVERYONE:
        return
    own = ContactAddress.objects.filter(account=account, confirmed_at__isnull=False)
    _tell(NEW_DEVICE, account, list(own.values_list("address", flat=True)), device.public_id)


def tell_of_failures(account: Account, failures: int) -> None:
    """Tell the account's addresses, or its guardians', that many attempts came before this one."""
    recipients = lookup.notice_addresses(account)
    _tell(AFTER_FAILURES, account, recipients, f"{account.public_id}:{failures}")


def _tell(kind: str, account: Account, recipients: list[str], about: str) -> None:
    language = account.language or account.organisation.language or settings.LANGUAGE_CODE
    slug = account.organisation.slug
    outbox.queue_all(
        [
            outbox.message(kind, recipient, language, about=about, organisation=slug)
            for recipient in recipients
        ]
    )
