"""Add, confirm, remove e-mail addresses, and object to a change (PRO-01…03, REC-18).

A new address counts only after its owner has followed the link mailed to it. The former ones
are told, each with a link to object, which puts everything back.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from trousseau import addresses, clock
from trousseau.accounts.models import Account, ContactAddress, Credential
from trousseau.accounts.services import credentials, sessions
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.mail import outbox

CONFIRM = "accounts/confirm-address"
ADDED = "accounts/address-added"
REMOVED = "accounts/address-removed"
CONFIRMATION_LIFETIME = timedelta(hours=24)
OBJECTION_LIFETIME = timedelta(days=7)
MOST_ADDRESSES = 5
MOST_PROPOSALS_A_DAY = 5


class AddressRefusedError(Exception):
    """The address cannot be added; `reason` is `known`, `too_many` or `too_often`."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def of_account(account: Account) -> list[ContactAddress]:
    """Return the account's addresses, the main one first, those taken out of use left out."""
    return list(account.addresses.filter(retired_at__isnull=True))


def main_address(account: Account) -> ContactAddress | None:
    """Return the address shown as the account's own."""
    return account.addresses.filter(main=True).first()


def propose(account: Account, typed: str, origin: Origin, *, replace_main: bool) -> ContactAddress:
    """Note a new address and mail it a link to confirm it; nothing counts yet.

    With `replace_main`, it will take the place of the main address. The caller has made sure
    that the owner is there (`passwords.confirm`). Raises AddressRefusedError and
    addresses.InvalidAddressError.
    """
    address = addresses.cleaned(typed)
    key = addresses.key(address)
    with transaction.atomic():
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        _check_room(account, key)
        # One that waits or is out of use is asked for anew in its own row, never another: its
        # right to object to what was done hangs on that.
        proposed, _ = ContactAddress.objects.update_or_create(
            account=account,
            key=key,
            defaults={
                "address": address,
                "retired_at": None,
                "replaces": main_address(account) if replace_main else None,
            },
        )
        _queue(CONFIRM, account, proposed.address, f"{proposed.pk}")
        _record(Tag.ADDRESS_ADDED, account, origin, proposed)
    return proposed


def find_confirmation(secret: str) -> tuple[Credential, ContactAddress] | None:
    """Return the live credential with this secret and the address it confirms."""
    credential = credentials.find(credentials.Kind.CONFIRMATION, secret)
    if not credential or credential.state_at(clock.now()) != Credential.State.LIVE:
        return None
    address = ContactAddress.objects.filter(pk=credential.about, retired_at=None).first()
    return (credential, address) if address else None


def confirm(credential: Credential, address: ContactAddress, origin: Origin) -> bool:
    """Let a confirmed address count, and tell the former ones; false when it was too late."""
    account = credential.account
    with transaction.atomic():
        if not credentials.use(credential):
            return False
        former = [*account.addresses.filter(confirmed_at__isnull=False).exclude(pk=address.pk)]
        replaced = address.replaces
        if replaced and replaced.main:
            _retire(replaced)
        now = clock.now()
        address.confirmed_at = now
        address.first_confirmed_at = address.first_confirmed_at or now
        address.main = not account.addresses.filter(main=True).exists()
        address.save(update_fields=["confirmed_at", "first_confirmed_at", "main"])
        credentials.supersede(account, credentials.Kind.RECOVERY)
        for told in former:
            _queue(ADDED, account, told.address, _deed("added", address, told))
        _record(Tag.ADDRESS_CONFIRMED, account, origin, address)
    return True


def remove(account: Account, pk: int, origin: Origin) -> bool:
    """Take one of the account's addresses out of use and tell it; false when there is none."""
    with transaction.atomic():
        address = account.addresses.filter(pk=pk, retired_at__isnull=True).first()
        if address is None:
            return False
        waiting = address.confirmed_at is None
        _retire(address)
        if waiting:
            return True
        heir = account.addresses.filter(confirmed_at__isnull=False).first()
        if heir and not account.addresses.filter(main=True).exists():
            heir.main = True
            heir.save(update_fields=["main"])
        credentials.supersede(account, credentials.Kind.RECOVERY)
        _queue(REMOVED, account, address.address, _deed("removed", address, address))
        _record(Tag.ADDRESS_REMOVED, account, origin, address)
    return True


def find_objection(secret: str) -> Credential | None:
    """Return the live credential that lets somebody object to a change of address."""
    credential = credentials.find(credentials.Kind.OBJECTION, secret)
    live = credential and credential.state_at(clock.now()) == Credential.State.LIVE
    return credential if live else None


def object_(credential: Credential, origin: Origin) -> bool:
    """Undo a change of address and end every session; false when it was too late.

    The address that objects counts again, the one that was added is gone with all that were
    new since, and links mailed meanwhile are dead: whoever made the change is out, and the
    owner can recover.
    """
    account = credential.account
    deed, changed, objector, done_at = credential.about.split(":")
    with transaction.atomic():
        if not credentials.use(credential):
            return False
        if deed == "added":
            since = datetime.fromtimestamp(int(done_at), UTC)
            added = Q(pk=changed) | Q(first_confirmed_at__gte=since)
            account.addresses.filter(added).exclude(pk=objector).delete()
        account.addresses.filter(pk=objector, confirmed_at__isnull=True).update(
            retired_at=None, confirmed_at=clock.now()
        )
        if not account.addresses.filter(main=True).exists():
            account.addresses.filter(pk=objector).update(main=True)
        credentials.supersede(account, credentials.Kind.RECOVERY, credentials.Kind.CONFIRMATION)
        sessions.end_all(account, origin)
        trail.record(
            Tag.ADDRESS_OBJECTED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
        )
    return True


def _check_room(account: Account, key: str) -> None:
    present = account.addresses.filter(retired_at__isnull=True)
    if present.filter(key=key, confirmed_at__isnull=False).exists():
        raise AddressRefusedError("known")
    if present.exclude(key=key).count() >= MOST_ADDRESSES:
        raise AddressRefusedError("too_many")
    day_ago = clock.now() - timedelta(days=1)
    asked = account.credentials.filter(
        kind=Credential.Kind.CONFIRMATION, created_at__gt=day_ago
    ).count()
    if asked >= MOST_PROPOSALS_A_DAY:
        raise AddressRefusedError("too_often")


def _retire(address: ContactAddress) -> None:
    address.main = False
    address.confirmed_at = None
    address.retired_at = clock.now()
    address.save(update_fields=["main", "confirmed_at", "retired_at"])


def _deed(deed: str, changed: ContactAddress, told: ContactAddress) -> str:
    """Write down what was done, to which address, who is told and when (in seconds)."""
    return f"{deed}:{changed.pk}:{told.pk}:{int(clock.now().timestamp())}"


def _queue(kind: str, account: Account, recipient: str, about: str) -> None:
    language = account.language or account.organisation.language or settings.LANGUAGE_CODE
    outbox.queue(kind, recipient, language, about=about, organisation=account.organisation.slug)


def _record(tag: Tag, account: Account, origin: Origin, address: ContactAddress) -> None:
    trail.record(
        tag,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        to=addresses.masked(address.address),
    )
