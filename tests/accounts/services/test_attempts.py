"""Attempts in parallel, and how things stand for an account."""

import pytest
from django.db import connection, transaction

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, make_account, make_organisation
from tests.throttling.together import together
from trousseau.accounts.models import Account, TrustedDevice
from trousseau.accounts.services import attempts, trusted_devices
from trousseau.accounts.services.attempts import State
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.throttling.held import HeldError

HELPER = Origin(actor="a-helper")


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com")


def fail(account: Account, times: int, name: str = "") -> None:
    for _ in range(times):
        typed = name or account.username
        attempts.failed(attempts.begin(account.organisation, typed, account, ORIGIN, {}))


def test_state_tells_a_helper_how_things_stand(ada: Account, travel: StoppedClock) -> None:
    assert attempts.state_of(ada) == State()
    trusted_devices.trust(ada, {}, ORIGIN)
    fail(ada, 5)
    assert attempts.state_of(ada) == State(failures=5, devices=1)
    fail(ada, 1)
    held_until = travel.moment + attempts.DELAYS[0]
    assert attempts.state_of(ada) == State(failures=6, held_until=held_until, devices=1)
    travel(hours=1)
    assert attempts.state_of(ada).held_until is None


def test_state_adds_up_the_names_of_an_account(ada: Account, travel: StoppedClock) -> None:
    """SIG-03: a hundred for all of them together."""
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    for _ in range(200):
        for name in ("ada", "Ada@Example.com"):
            try:
                fail(ada, 1, name)
            except HeldError:
                continue
        travel(hours=1)
    state = attempts.state_of(ada)
    assert (state.closed, state.failures) == (True, 32)
    assert attempts.MOST_NAMES * state.failures / 2 <= attempts.MOST_FAILURES


def test_at_most_a_hundred_failures_in_a_row(ada: Account, travel: StoppedClock) -> None:
    """SIG-03, NIST SP 800-63B § 3.2.2: over any time; then a trusted device still gets in."""
    trusted = trusted_devices.trust(ada, {}, ORIGIN)
    through = 0
    for _ in range(150):
        try:
            fail(ada, 1)
        except HeldError as error:
            closed = error.until is None
        else:
            through += 1
        travel(hours=2)
    assert (through, closed) == (100, True)
    devices = {trusted_devices.label(ada): trusted.secret}
    attempts.begin(ada.organisation, "ada", ada, ORIGIN, devices)


def test_clear_opens_the_way_and_is_in_the_trail(ada: Account, travel: StoppedClock) -> None:
    """SIG-04, LOG-04."""
    assert not attempts.clear(ada, HELPER)
    fail(ada, 6)
    assert attempts.clear(ada, HELPER)
    assert attempts.state_of(ada) == State()
    fail(ada, 5)


def test_clear_goes_with_the_deed_it_belongs_to(ada: Account, travel: StoppedClock) -> None:
    """REC-24: a recovery that fails clears nothing."""
    fail(ada, 6)
    with transaction.atomic():
        attempts.clear(ada, HELPER)
        transaction.set_rollback(True)
    assert attempts.state_of(ada).failures == 6


def test_clear_leaves_addresses_that_are_only_claimed(ada: Account, travel: StoppedClock) -> None:
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    eva = make_account(ada.organisation, "eva")
    eva.addresses.create(address="ada@example.com")
    fail(ada, 6, "ada@example.com")
    assert not attempts.clear(eva, HELPER)
    assert attempts.state_of(ada).failures == 6


@pytest.mark.usefixtures("shared_database")
def test_guesses_in_parallel_never_exceed_the_limit(travel: StoppedClock) -> None:
    """SIG-03: six at once, whatever the number of networks and processes."""
    ada = make_account(make_organisation(), "ada")

    def guess(number: int) -> int:
        through = 0
        for address in range(6):
            origin = Origin(f"100.64.{number}.{address}")
            try:
                attempt = attempts.begin(ada.organisation, "ada", ada, origin, {})
            except HeldError:
                continue
            through += 1
            attempts.failed(attempt)
        return through

    assert sum(together(8, guess)) == attempts.FREE + 1
    assert attempts.state_of(ada).failures == attempts.FREE + 1


@pytest.mark.usefixtures("shared_database")
def test_guesses_in_parallel_with_a_stolen_cookie_never_exceed_its_tries(
    travel: StoppedClock,
) -> None:
    """SIG-03: five of the device and six of the world, and no more."""
    ada = make_account(make_organisation(), "ada")
    trusted = trusted_devices.trust(ada, {}, ORIGIN)
    devices = {trusted_devices.label(ada): trusted.secret}

    def guess(_: int) -> int:
        through = 0
        for _ in range(6):
            try:
                attempt = attempts.begin(ada.organisation, "ada", ada, ORIGIN, devices)
            except HeldError:
                continue
            through += 1
            attempts.failed(attempt)
        return through

    assert sum(together(8, guess)) == trusted_devices.TRIES + attempts.FREE + 1
    assert not TrustedDevice.objects.exists()


@pytest.mark.usefixtures("shared_database")
def test_recovery_amid_guesses_opens_the_way(travel: StoppedClock) -> None:
    """REC-24: whoever guesses in the same instant does not shut what it has opened."""
    ada = make_account(make_organisation(), "ada")
    fail(ada, 6)

    def act(number: int) -> None:
        for address in range(6):
            if number == 0:
                attempts.clear(ada, ORIGIN)
                continue
            try:
                origin = Origin(f"100.64.{number}.{address}")
                attempts.failed(attempts.begin(ada.organisation, "ada", ada, origin, {}))
            except HeldError:
                continue

    together(4, act)
    attempts.clear(ada, ORIGIN)
    fail(ada, 5)
    assert connection.is_usable()
