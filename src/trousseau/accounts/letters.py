"""What accounts' mails say: composed at delivery, from the database as it stands."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from trousseau.accounts.models import Account, ContactAddress, Credential
from trousseau.accounts.services import contact_addresses, credentials, passwords
from trousseau.audit.origin import WORKER
from trousseau.mail import composing
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message
from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation
from trousseau.ui.colours import DEFAULT_ACCENT, accent_tokens


def register() -> None:
    """Name the composers of this room's messages."""
    composing.register(passwords.CHANGED, _password_changed)
    composing.register(passwords.WITHDRAWN, _password_changed)
    composing.register(contact_addresses.CONFIRM, _confirm_address)
    composing.register(contact_addresses.ADDED, _address_changed)
    composing.register(contact_addresses.REMOVED, _address_changed)


def letterhead(organisation: Organisation | None) -> dict[str, Any]:
    """Return what every letter of an organisation shows, or of the platform without one."""
    tokens = accent_tokens((organisation and organisation.colour) or DEFAULT_ACCENT)
    return {
        "organisation": organisation,
        **{name.strip("-").replace("-", "_"): colour for name, colour in tokens.items()},
        "sender_name": organisation.name if organisation else settings.PLATFORM_NAME,
        "sender": organisation.mail_from if organisation else "",
        "platform_name": settings.PLATFORM_NAME,
        "help_url": absolute(organisation, reverse("help", args=[organisation]))
        if organisation
        else settings.BASE_URL,
    }


def _password_changed(message: Message) -> Letter | None:
    account = Account.objects.select_related("organisation").filter(public_id=message.about).first()
    # Withdrawn, or chosen, since this message was queued: the message about that one says so.
    if account is None or account.has_usable_password() != (message.kind == passwords.CHANGED):
        return None
    organisation = account.organisation
    return _letter(
        message.kind,
        account,
        changed_at=account.password_changed_at,
        recover_url=absolute(organisation, reverse("recovery:ask", args=[organisation])),
    )


def _confirm_address(message: Message) -> Letter | None:
    address = _address(message.about)
    if address is None or address.confirmed_at or address.retired_at:
        return None
    issued = credentials.issue(
        Credential.Kind.CONFIRMATION,
        address.account,
        contact_addresses.CONFIRMATION_LIFETIME,
        about=str(address.pk),
    )
    credentials.record_issued([issued.credential], WORKER)
    return _letter(
        message.kind,
        address.account,
        address=address.address,
        link=_link("accounts:confirm-address", address.account, issued.secret),
        expires_at=issued.credential.expires_at,
    )


def _address_changed(message: Message) -> Letter | None:
    change = contact_addresses.Change.read(message.about)
    address, told = _address(change.changed), _address(change.told)
    if address is None or told is None or not told.has_counted:
        return None
    issued = credentials.issue(
        Credential.Kind.OBJECTION,
        address.account,
        contact_addresses.OBJECTION_LIFETIME,
        about=message.about,
    )
    credentials.record_issued([issued.credential], WORKER)
    return _letter(
        message.kind,
        address.account,
        address=address.address,
        link=_link("accounts:object", address.account, issued.secret),
        expires_at=issued.credential.expires_at,
    )


def _address(pk: str | int) -> ContactAddress | None:
    return ContactAddress.objects.select_related("account__organisation").filter(pk=pk).first()


def _link(name: str, account: Account, secret: str) -> str:
    organisation = account.organisation
    return absolute(organisation, reverse(name, args=[organisation, secret]))


def _letter(folder: str, account: Account, **context: Any) -> Letter:
    head = letterhead(account.organisation)
    return composing.render(folder, {**head, "account": account, **context})
