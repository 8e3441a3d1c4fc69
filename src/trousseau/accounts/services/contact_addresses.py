"""Add, confirm, remove e-mail addresses, and object to a change (PRO-01…03, REC-18).

A new address counts only after its owner has followed the link mailed to it. The former ones
are told, each with a link to object. Whoever stole a password can do all that its owner can, so
no deed of theirs may take the owner's objection away: a row is never deleted while it may be
objected from, and of two objections the one to the earlier change prevails.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from trousseau import addresses, clock
from trousseau.accounts.models import Account, ContactAddress, Credential
from trousseau.accounts.services import credentials, passwords
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.mail import outbox
from trousseau.organisations.models import Organisation

CONFIRM = "accounts/confirm-address"
ADDED = "accounts/address-added"
REMOVED = "accounts/address-removed"
CONFIRMATION_LIFETIME = timedelta(hours=24)
OBJECTION_LIFETIME = timedelta(days=7)
# A notice may wait for its mail server, and its link works from the day it leaves.
KEPT = OBJECTION_LIFETIME + outbox.PATIENCE
PURGED_AT_ONCE = 500
MOST_ADDRESSES = 5
MOST_PROPOSALS_A_DAY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Change(NamedTuple):
    """A change of address, as one of the addresses is told of it; keys of ContactAddress."""

    changed: int
    told: int
    at: datetime

    @classmethod
    def read(cls, about: str) -> Self:
        """Return the change that a message or a credential is about."""
        changed, told, ticks = about.split(":")
        return cls(int(changed), int(told), _EPOCH + int(ticks, 16) * _TICK)

    def written(self) -> str:
        """Return what `read` understands, short enough for `about`."""
        return f"{self.changed}:{self.told}:{(self.at - _EPOCH) // _TICK:x}"


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


def propose(
    account: Account, typed: str, origin: Origin, *, replace_main: bool, language: str = ""
) -> ContactAddress:
    """Note a new address and mail it a link to confirm it; nothing counts yet.

    With `replace_main`, it will take the place of the main address. The mail speaks `language`,
    that of the form which asked for it; all others, the account's. The caller has made sure
    that the owner is there (`passwords.confirm`). Raises AddressRefusedError and
    addresses.InvalidAddressError.
    """
    address = addresses.cleaned(typed)
    try:
        with transaction.atomic():
            credentials.take_turns([account])
            return _proposed(account, address, origin, language, replace_main=replace_main)
    except AddressRefusedError as error:
        tag = Tag.LIMIT_EXCEEDED if error.reason == "too_often" else Tag.ADDRESS_REFUSED
        trail.record(
            tag,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            outcome=Outcome.REFUSED,
            to=addresses.masked(address),
            why=error.reason,
        )
        raise


def _proposed(
    account: Account, address: str, origin: Origin, language: str, *, replace_main: bool
) -> ContactAddress:
    key = addresses.key(address)
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
    _queue(CONFIRM, account, proposed.address, f"{proposed.pk}", language)
    _record(Tag.ADDRESS_ADDED, account, origin, proposed)
    return proposed


def find_confirmation(
    organisation: Organisation, secret: str, origin: Origin | None = None
) -> tuple[Credential, ContactAddress] | None:
    """Return the organisation's live credential with this secret, and the address it confirms.

    A dead one that somebody at `origin` shows is noted in the trail.
    """
    credential = credentials.find_live(organisation, credentials.Kind.CONFIRMATION, secret, origin)
    if credential is None:
        return None
    address = ContactAddress.objects.filter(pk=credential.about, retired_at=None).first()
    return (credential, address) if address else None


def confirm(credential: Credential, address: ContactAddress, origin: Origin) -> bool:
    """Let a confirmed address count, and tell the former ones; false when it was too late."""
    account = credential.account
    with transaction.atomic():
        credentials.take_turns([account])
        # As it stands now: somebody may have confirmed or removed one a moment ago.
        waiting = account.addresses.filter(confirmed_at__isnull=True, retired_at__isnull=True)
        found = waiting.select_related("replaces").filter(pk=address.pk).first()
        if found is None or not credentials.use(credential):
            return False
        address = found
        now = clock.now()
        told = _told_of_changes(account, address)
        replaced = address.replaces
        if replaced and replaced.main:
            _retire(replaced)
            credentials.supersede_behind(account, origin)
        address.confirmed_at = now
        address.main = not account.addresses.filter(main=True).exists()
        address.save(update_fields=["confirmed_at", "main"])
        credentials.supersede(account, credentials.Kind.RECOVERY, origin=origin)
        for one in told:
            _tell(ADDED, account, one, Change(address.pk, one.pk, now))
        _record(Tag.ADDRESS_CONFIRMED, account, origin, address)
    return True


def remove(account: Account, pk: int, origin: Origin) -> bool:
    """Take one of the account's addresses out of use and tell it; false when there is none."""
    with transaction.atomic():
        credentials.take_turns([account])
        address = account.addresses.filter(pk=pk, retired_at__isnull=True).first()
        if address is None:
            return False
        waiting = address.confirmed_at is None
        _retire(address)
        if waiting:
            _record(Tag.ADDRESS_REMOVED, account, origin, address)
            return True
        heir = account.addresses.filter(confirmed_at__isnull=False).first()
        if heir and not account.addresses.filter(main=True).exists():
            heir.main = True
            heir.save(update_fields=["main"])
        credentials.supersede_behind(account, origin)
        _tell(REMOVED, account, address, Change(address.pk, address.pk, clock.now()))
        _record(Tag.ADDRESS_REMOVED, account, origin, address)
    return True


def find_objection(
    organisation: Organisation, secret: str, origin: Origin | None = None
) -> Credential | None:
    """Return the organisation's live credential for an objection to a change of address.

    A dead one that somebody at `origin` shows is noted in the trail.
    """
    credential = credentials.find_live(organisation, credentials.Kind.OBJECTION, secret, origin)
    return credential if credential and _objector(credential) else None


def object_(credential: Credential, origin: Origin) -> bool:
    """Undo a change of address, and all that a thief may hold on to; false when too late.

    The address that objects counts again, as the main one, and those confirmed at or after the
    change no longer do. Sessions and mailed links are dead and the password opens nothing, for
    whoever made the change knew it: what remains is to recover by mail. The other addresses
    are told, those taken out of use too.
    """
    account = credential.account
    with transaction.atomic():
        credentials.take_turns([account])
        objector = _objector(credential)
        if objector is None or not credentials.use(credential):
            return False
        retired = _retire_since(Change.read(credential.about).at, objector)
        _restore(objector)
        credentials.supersede(account, credentials.Kind.CONFIRMATION, origin=origin)
        credentials.supersede_behind(account, origin)
        passwords.withdraw(account, origin, also_told=retired)
        trail.record(
            Tag.ADDRESS_OBJECTED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            to=addresses.masked(objector.address),
        )
    return True


def purge() -> int:
    """Remove a batch of addresses out of use that nobody can object from; return how many."""
    over = ContactAddress.objects.filter(retired_at__lte=clock.now() - KEPT).values("pk")
    keys = [row["pk"] for row in over[:PURGED_AT_ONCE]]
    return ContactAddress.objects.filter(pk__in=keys).delete()[0] if keys else 0


def _check_room(account: Account, key: str) -> None:
    present = account.addresses.filter(retired_at__isnull=True)
    if present.filter(key=key, confirmed_at__isnull=False).exists():
        raise AddressRefusedError("known")
    if present.exclude(key=key).count() >= MOST_ADDRESSES:
        raise AddressRefusedError("too_many")
    day_ago = clock.now() - timedelta(days=1)
    # Credentials would not do: each attempt to deliver the same mail issues one more.
    asked = trail.count_since(day_ago, Tag.ADDRESS_ADDED, account.public_id)
    if asked >= MOST_PROPOSALS_A_DAY:
        raise AddressRefusedError("too_often")


def _told_of_changes(account: Account, address: ContactAddress) -> list[ContactAddress]:
    """Return the other addresses that count, or did until so recently that they may object."""
    recently = Q(counted_until__gt=clock.now() - OBJECTION_LIFETIME)
    known = account.addresses.filter(Q(confirmed_at__isnull=False) | recently)
    return list(known.exclude(pk=address.pk))


def _retire(address: ContactAddress) -> None:
    """Take an address out of use, and remember since when it counted.

    Removed, confirmed anew and removed again within the time to object, it has counted since
    the first time: otherwise a thief could have the owner's address look younger than theirs.
    """
    now = clock.now()
    if address.confirmed_at:
        until = address.counted_until
        if not until or until <= now - OBJECTION_LIFETIME:
            address.counted_from = address.confirmed_at
        address.counted_until = now
    address.main = False
    address.confirmed_at = None
    address.retired_at = now
    address.save()


def _objector(credential: Credential) -> ContactAddress | None:
    told = Change.read(credential.about).told
    objector = credential.account.addresses.filter(pk=told).first()
    return objector if objector and objector.has_counted else None


def _retire_since(moment: datetime, objector: ContactAddress) -> list[str]:
    """Take out of use all that was confirmed since, with any right to object; return which.

    The rows stay as evidence. One that counted before the moment too may still object.
    """
    others = objector.account.addresses.exclude(pk=objector.pk)
    confirmed = others.filter(confirmed_at__gte=moment)
    retired = list(confirmed.values_list("address", flat=True))
    confirmed.update(main=False, confirmed_at=None, retired_at=clock.now())
    others.filter(counted_from__gte=moment).update(counted_from=None, counted_until=None)
    return retired


def _restore(objector: ContactAddress) -> None:
    """Let the address that objects count as before, as the main one."""
    objector.account.addresses.filter(main=True).update(main=False)
    objector.confirmed_at = objector.confirmed_at or objector.counted_from
    objector.main = True
    objector.retired_at = objector.counted_from = objector.counted_until = None
    objector.save()


def _tell(kind: str, account: Account, told: ContactAddress, change: Change) -> None:
    _queue(kind, account, told.address, change.written())


def _queue(kind: str, account: Account, recipient: str, about: str, language: str = "") -> None:
    language = (
        language or account.language or account.organisation.language or settings.LANGUAGE_CODE
    )
    outbox.queue(kind, recipient, language, about=about, organisation=account.organisation.slug)


def _record(tag: Tag, account: Account, origin: Origin, address: ContactAddress) -> None:
    trail.record(
        tag,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        to=addresses.masked(address.address),
    )
