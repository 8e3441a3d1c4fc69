"""Browsers that an account's owner has signed in with: counted apart, seen and forgotten.

What being trusted gives: a few tries of one's own at the password, whatever others do
meanwhile, and no share in what a network or an organisation is held back for. It opens
nothing and shortens no proof of who somebody is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from trousseau import clock, insertion, tokens
from trousseau.accounts.devices import device_name
from trousseau.accounts.models import Account, TrustedDevice
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation
from trousseau.throttling import keys

# After so many failures in a row a device is like any other again: enough for its owner, and
# with ten devices no more than fifty tries at an account.
TRIES = 5
MOST_DEVICES = 10
# Of one kind in one network: a room of school computers must not push the telephone at home out.
MOST_ALIKE = 3
LIFETIME = timedelta(days=180)
RECENT = timedelta(days=30)
PURGED_AT_ONCE = 500
LABEL_DIGITS = 16


class Trusted(NamedTuple):
    """A device that is trusted from now on: its cookie's secret, and whether to tell the owner."""

    secret: str
    is_news: bool
    device: TrustedDevice | None


@dataclass(frozen=True)
class DeviceLine:
    """One trusted device as its owner sees it."""

    handle: str
    device: str
    seen_at: datetime
    is_this_one: bool


def label(account: Account) -> str:
    """Return what names an account's cookie in a browser: several accounts may share one."""
    return salted_hmac(__name__, account.public_id, algorithm="sha256").hexdigest()[:LABEL_DIGITS]


def presented(devices: Mapping[str, str], account: Account | None) -> str | None:
    """Return the digest of what a browser shows for an account; None where it shows nothing.

    A browser that knows others shows something for an account unknown to it as well, which fits
    no device: known and unknown cost the same (SIG-02).
    """
    if not devices:
        return None
    return tokens.digest(devices.get(label(account), "") if account else "")


def reserve(account: Account | None, digest: str) -> bool:
    """Count an attempt from this device as failed, in advance; false if it is not trusted."""
    trusted = _of(account.pk if account else 0, digest).filter(failures__lt=TRIES)
    return bool(trusted.update(failures=F("failures") + 1))


def give_back(account: Account, digest: str) -> None:
    """Take an attempt back that decided nothing."""
    _of(account.pk, digest).filter(failures__gt=0).update(failures=F("failures") - 1)


def distrust_if_spent(account: Account, digest: str, origin: Origin) -> None:
    """Count a device among the others once all of its own tries have failed."""
    if _of(account.pk, digest).filter(failures__gte=TRIES).delete()[0]:
        _record(Tag.DEVICE_FORGOTTEN, account, origin, why="failures")


def trust(account: Account, devices: Mapping[str, str], origin: Origin) -> Trusted:
    """Trust the browser that has just proved to be the owner's.

    Known already, it keeps its secret. It is news to the owner when another browser was trusted
    before and none of this kind in this network.
    """
    now = clock.now()
    network = keys.network(origin.address)
    digest = presented(devices, account)
    seen = {"failures": 0, "seen_at": now, "network": network, "agent": origin.agent}
    if digest and _of(account.pk, digest).update(**seen):
        return Trusted(devices[label(account)], is_news=False, device=None)
    others = list(TrustedDevice.objects.filter(account=account).order_by("-seen_at"))
    alike = [one for one in others if (one.agent, one.network) == (origin.agent, network)]
    minted = tokens.mint()
    device = TrustedDevice(
        account=account, digest=minted.digest, agent=origin.agent, network=network
    )
    insertion.insert(device)
    _make_room(others, alike)
    return Trusted(minted.secret, is_news=bool(others) and not alike, device=device)


def of_account(account: Account, devices: Mapping[str, str]) -> list[DeviceLine]:
    """Return the trusted devices, the one seen last first."""
    this = presented(devices, account)
    return [
        DeviceLine(one.public_id, device_name(one.agent), one.seen_at, one.digest == this)
        for one in TrustedDevice.objects.filter(account=account)
    ]


def forget(account: Account, handle: str, origin: Origin) -> bool:
    """Forget one of the account's devices; false when there is none."""
    forgotten = bool(TrustedDevice.objects.filter(account=account, public_id=handle).delete()[0])
    if forgotten:
        _record(Tag.DEVICE_FORGOTTEN, account, origin, why="owner")
    return forgotten


def forget_all(account: Account) -> None:
    """Forget every device of the account: a thief's does not stay trusted."""
    TrustedDevice.objects.filter(account=account).delete()


def seen_from(organisation: Organisation, network: str) -> bool:
    """Tell whether somebody of the organisation has signed in from this network lately."""
    return TrustedDevice.objects.filter(
        network=network, seen_at__gt=clock.now() - RECENT, account__organisation=organisation
    ).exists()


def purge() -> int:
    """Forget a batch of devices not seen for long; return how many."""
    old = TrustedDevice.objects.filter(seen_at__lte=clock.now() - LIFETIME)
    ids = list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE])
    return TrustedDevice.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _of(account: int, digest: str) -> QuerySet[TrustedDevice]:
    return TrustedDevice.objects.filter(
        account_id=account, digest=digest, seen_at__gt=clock.now() - LIFETIME
    )


def _make_room(others: list[TrustedDevice], alike: list[TrustedDevice]) -> None:
    """Forget what is beyond the bounds, the longest unseen first; `others` are in that order."""
    surplus = alike[MOST_ALIKE - 1 :]
    staying = [one for one in others if one not in surplus]
    surplus += staying[MOST_DEVICES - 1 :]
    if surplus:
        TrustedDevice.objects.filter(pk__in=[one.pk for one in surplus]).delete()


def _record(tag: Tag, account: Account, origin: Origin, why: str) -> None:
    trail.record(
        tag, origin, organisation=account.organisation.slug, subject=account.public_id, why=why
    )
