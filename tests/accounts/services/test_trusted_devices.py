"""Browsers that were trusted before: how many, how long, and how they end."""

import pytest

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, make_account, make_organisation
from trousseau.accounts.models import Account, TrustedDevice
from trousseau.accounts.services import trusted_devices
from trousseau.audit.models import Event
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def at(network: int, agent: str = "Firefox/140 Android") -> Origin:
    return Origin(f"198.51.{network}.7", agent)


def test_device_known_already_keeps_its_secret(ada: Account, travel: StoppedClock) -> None:
    first = trusted_devices.trust(ada, {}, ORIGIN)
    travel(days=1)
    again = trusted_devices.trust(ada, {trusted_devices.label(ada): first.secret}, at(1))
    assert again.secret == first.secret
    assert not again.is_news
    device = TrustedDevice.objects.get()
    assert device.seen_at == travel.moment
    assert first.secret not in str(vars(device))


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "é" * 43, "\x00"])
def test_secret_that_nobody_gave_is_worth_nothing(ada: Account, secret: str) -> None:
    trusted_devices.trust(ada, {}, ORIGIN)
    digest = trusted_devices.presented({trusted_devices.label(ada): secret}, ada)
    assert digest
    assert not trusted_devices.reserve(ada, digest)


def test_account_has_ten_devices_at_most_the_longest_unseen_go(
    ada: Account, travel: StoppedClock
) -> None:
    for network in range(12):
        trusted_devices.trust(ada, {}, at(network))
        travel(hours=1)
    kept = [line.seen_at for line in trusted_devices.of_account(ada, {})]
    assert len(kept) == trusted_devices.MOST_DEVICES
    assert kept == sorted(kept, reverse=True)


def test_room_of_school_computers_does_not_push_out_the_telephone_at_home(
    ada: Account, travel: StoppedClock
) -> None:
    home = trusted_devices.trust(ada, {}, at(1, "Safari/18 iPhone"))
    for _ in range(30):
        travel(hours=1)
        trusted_devices.trust(ada, {}, at(2))
    assert TrustedDevice.objects.count() == 1 + trusted_devices.MOST_ALIKE
    digest = trusted_devices.presented({trusted_devices.label(ada): home.secret}, ada)
    assert digest
    assert trusted_devices.reserve(ada, digest)


def test_device_not_seen_for_half_a_year_is_trusted_no_more(
    ada: Account, travel: StoppedClock
) -> None:
    trusted = trusted_devices.trust(ada, {}, ORIGIN)
    digest = trusted_devices.presented({trusted_devices.label(ada): trusted.secret}, ada)
    assert digest
    travel(days=179)
    assert trusted_devices.reserve(ada, digest)
    assert trusted_devices.purge() == 0
    travel(days=1)
    assert not trusted_devices.reserve(ada, digest)
    assert trusted_devices.purge() == 1
    assert not TrustedDevice.objects.exists()


def test_forget_is_for_ones_own_devices_alone(ada: Account) -> None:
    """TEN-01."""
    eva = make_account(make_organisation("bastia", "Bastia"), "eva")
    trusted_devices.trust(ada, {}, ORIGIN)
    (line,) = trusted_devices.of_account(ada, {})
    assert not trusted_devices.forget(eva, line.handle, ORIGIN)
    assert trusted_devices.forget(ada, line.handle, ORIGIN)
    assert not trusted_devices.forget(ada, line.handle, ORIGIN)
    event = Event.objects.get(tag="device_forgotten")
    assert (event.subject, event.facts) == (ada.public_id, {"why": "owner"})


def test_label_says_nothing_and_is_the_accounts_own(ada: Account) -> None:
    eva = make_account(ada.organisation, "eva")
    assert trusted_devices.label(ada) == trusted_devices.label(ada)
    assert trusted_devices.label(ada) != trusted_devices.label(eva)
    assert ada.public_id not in trusted_devices.label(ada)
