"""What sign-in's mails say: composed at delivery, from the database as it stands."""

from typing import Any

from django.urls import reverse

from trousseau.accounts.devices import device_name
from trousseau.accounts.letters import letterhead
from trousseau.accounts.models import Account, TrustedDevice
from trousseau.mail import composing
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message
from trousseau.organisations.links import absolute
from trousseau.signin import notices


def register() -> None:
    """Name the composers of this room's messages."""
    composing.register(notices.NEW_DEVICE, _new_device)
    composing.register(notices.AFTER_FAILURES, _after_failures)


def _new_device(message: Message) -> Letter | None:
    device = (
        TrustedDevice.objects.select_related("account__organisation")
        .filter(public_id=message.about)
        .first()
    )
    # Forgotten since, by its owner or by a new password: there is nothing left to do about it.
    if device is None:
        return None
    return _letter(message, device.account, device=device_name(device.agent), at=device.created_at)


def _after_failures(message: Message) -> Letter | None:
    public_id, _, failures = message.about.partition(":")
    account = Account.objects.select_related("organisation").filter(public_id=public_id).first()
    if account is None:
        return None
    return _letter(message, account, failures=int(failures), at=message.created_at)


def _letter(message: Message, account: Account, **context: Any) -> Letter:
    organisation = account.organisation
    return composing.render(
        message.kind,
        {
            **letterhead(organisation),
            "account": account,
            "recover_url": absolute(organisation, reverse("recovery:ask", args=[organisation])),
            **context,
        },
    )
