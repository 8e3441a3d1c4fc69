"""What a network, an organisation and the installation may fail at together (SIG-05)."""

from datetime import timedelta
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.factories import make_account, make_organisation
from tests.throttling.together import together
from trousseau.accounts.services import crowds, trusted_devices
from trousseau.accounts.services.crowds import KNOWN, STRANGE, Entered
from trousseau.audit.models import Event
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.throttling import counters
from trousseau.throttling.held import HeldError
from trousseau.throttling.models import Counter

SCHOOL = Origin("192.0.2.7", "Firefox/140 Windows")
NEIGHBOUR = Origin("192.0.2.250", "Firefox/140 Windows")
ELSEWHERE = Origin("198.51.100.7", "Firefox/140 Windows")


@pytest.fixture(autouse=True)
def _every_success_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "SAMPLED", 1)


def fail(organisation: Organisation, origin: Origin, times: int = 1) -> Entered:
    for _ in range(times):
        entered = crowds.enter(organisation, origin)
        crowds.failed(entered)
    return entered


def botnet(times: int, first: int = 0) -> list[Origin]:
    """Return one origin each in so many networks."""
    return [Origin(f"100.{n // 256}.{n % 256}.1") for n in range(first, first + times)]


def hold(organisation: Organisation, origin: Origin) -> HeldError:
    with pytest.raises(HeldError) as held:
        crowds.enter(organisation, origin)
    return held.value


def sign_in(organisation: Organisation, origin: Origin, name: str = "ada") -> None:
    trusted_devices.trust(make_account(organisation, name), {}, origin)


def limits_in_the_trail() -> list[str]:
    found = Event.objects.filter(tag="excess_rate_limit_exceeded").order_by("pk")
    return [event.facts["limit"] for event in found]


def test_strange_network_is_served_one_a_minute_beyond_its_ceiling(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SIG-04, LOG-03: slower, never shut; the trail tells of it once."""
    travel.moment = travel.moment.replace(minute=0, second=0, microsecond=0)
    fail(leia, SCHOOL, STRANGE.failures.most)
    assert limits_in_the_trail() == []
    for _ in range(5):
        fail(leia, NEIGHBOUR)
        assert hold(leia, SCHOOL).until == travel.moment + timedelta(minutes=1)
        travel(minutes=1)
    fail(leia, ELSEWHERE)
    assert limits_in_the_trail() == ["network"]
    travel(hours=1)
    fail(leia, SCHOOL, STRANGE.failures.most)


def test_known_network_has_the_ceiling_of_a_school(
    leia: Organisation, travel: StoppedClock
) -> None:
    travel.moment = travel.moment.replace(minute=0, second=0, microsecond=0)
    sign_in(leia, NEIGHBOUR)
    # Enough people get in meanwhile for this to be no alarm either.
    for _ in range(KNOWN.failures.most):
        crowds.succeeded(fail(leia, SCHOOL), 0)
    fail(leia, SCHOOL)
    assert hold(leia, SCHOOL).until == travel.moment + KNOWN.beyond.window


def test_network_is_known_for_a_month_and_to_one_organisation(
    leia: Organisation, travel: StoppedClock
) -> None:
    """TEN-01."""
    bastia = make_organisation("bastia", "Bastia")
    sign_in(leia, NEIGHBOUR)
    fail(leia, SCHOOL, STRANGE.failures.most + 1)
    fail(bastia, SCHOOL)
    hold(bastia, SCHOOL)
    fail(leia, SCHOOL)
    travel(days=31)
    fail(leia, SCHOOL, STRANGE.failures.most + 1)
    hold(leia, SCHOOL)


def test_success_takes_no_turn_and_makes_its_failures_good(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SIG-06: who mistypes and then signs in has failed nothing."""
    fail(leia, SCHOOL, STRANGE.failures.most)
    for _ in range(20):
        crowds.succeeded(crowds.enter(leia, SCHOOL), 0)
    crowds.succeeded(crowds.enter(leia, SCHOOL), 10)
    fail(leia, SCHOOL, 10)
    fail(leia, SCHOOL)
    hold(leia, SCHOOL)


def test_attempt_that_was_not_made_takes_no_turn(leia: Organisation, travel: StoppedClock) -> None:
    fail(leia, SCHOOL, STRANGE.failures.most)
    for _ in range(5):
        crowds.leave(crowds.enter(leia, SCHOOL))


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8:1:2:3:4:5:6"])
def test_network_that_the_operator_vouches_for_is_never_slowed(
    leia: Organisation,
    settings: Settings,
    travel: StoppedClock,
    address: str,
) -> None:
    settings.KNOWN_NETWORKS = [ip_network("192.0.2.0/24"), ip_network("2001:db8:1::/48")]
    fail(leia, Origin(address), 2 * STRANGE.failures.most)
    assert not crowds.is_exempt("198.51.100.7")
    assert not crowds.is_exempt("")


def test_alarm_of_an_organisation_leaves_strangers_a_share(
    leia: Organisation, travel: StoppedClock
) -> None:
    """A botnet's guesses are few then; known networks notice nothing, nor do other schools."""
    travel.moment = travel.moment.replace(minute=0, second=0, microsecond=0)
    sign_in(leia, SCHOOL)
    bastia = make_organisation("bastia", "Bastia")
    for origin in botnet(301):
        fail(leia, origin)
    through = 0
    for origin in botnet(300, 301):
        try:
            fail(leia, origin)
        except HeldError:
            continue
        through += 1
    assert through == 100
    assert hold(leia, ELSEWHERE).until == travel.moment + timedelta(minutes=10)
    assert limits_in_the_trail() == ["organisation"]
    fail(leia, SCHOOL, STRANGE.failures.most)
    fail(bastia, ELSEWHERE)
    travel(minutes=10)
    fail(leia, ELSEWHERE)


@pytest.mark.django_db
def test_alarm_of_the_installation_counts_all_organisations(travel: StoppedClock) -> None:
    travel.moment = travel.moment.replace(minute=0, second=0, microsecond=0)
    schools = [make_organisation(f"school-{n}", "School") for n in range(5)]
    for number, origin in enumerate(botnet(1001)):
        fail(schools[number % 5], origin)
    through = 0
    for number, origin in enumerate(botnet(400, 1001)):
        try:
            fail(schools[number % 5], origin)
        except HeldError:
            continue
        through += 1
    assert through == 200
    assert limits_in_the_trail() == ["installation"]


def test_alarm_needs_more_failures_where_more_people_get_in(
    leia: Organisation, travel: StoppedClock
) -> None:
    """On the first day of school everybody is a stranger and many give up: that is no attack."""
    travel.moment = travel.moment.replace(minute=0, second=0, microsecond=0)
    for origin in botnet(500):
        crowds.succeeded(fail(leia, origin), 0)
    for origin in botnet(301, 500):
        fail(leia, origin)
    assert limits_in_the_trail() == []
    for origin in botnet(100, 801):
        fail(leia, origin)
    assert limits_in_the_trail() == ["organisation"]
    hold(leia, ELSEWHERE)


def test_share_of_strangers_is_not_used_up_by_successes(
    leia: Organisation, travel: StoppedClock
) -> None:
    for origin in botnet(301):
        fail(leia, origin)
    counted = crowds.scopes(leia)[0].successes
    for origin in botnet(250, 301):
        crowds.succeeded(crowds.enter(leia, origin), 0)
        # Without the successes' own weight, which would end the alarm.
        counters.add({counted: -1})


def test_held_back_flood_writes_nothing(leia: Organisation, travel: StoppedClock) -> None:
    fail(leia, SCHOOL, STRANGE.failures.most + 1)
    before = list(Counter.objects.values())
    for _ in range(30):
        hold(leia, SCHOOL)
    assert list(Counter.objects.values()) == before
    assert limits_in_the_trail() == ["network"]


def test_one_success_in_sixteen_is_written_as_sixteen(
    leia: Organisation, monkeypatch: pytest.MonkeyPatch, travel: StoppedClock
) -> None:
    """At eight in the morning nobody waits for one row."""
    monkeypatch.setattr(crowds, "SAMPLED", 16)
    drawn = iter(list(range(16)) * 4)
    chance = SimpleNamespace(randrange=lambda _: next(drawn))
    monkeypatch.setattr("trousseau.accounts.services.crowds.random", chance)
    for _ in range(64):
        crowds.succeeded(crowds.enter(leia, SCHOOL), 0)
    slots = [one.successes for one in crowds.scopes(leia)]
    assert list(counters.read(slots).values()) == [64, 64]


@pytest.mark.usefixtures("shared_database")
def test_turns_in_parallel_are_exact(travel: StoppedClock) -> None:
    """SIG-05: one a minute, however many ask in the same instant."""
    leia = make_organisation()
    fail(leia, SCHOOL, STRANGE.failures.most)

    def guess(_: int) -> int:
        through = 0
        for _ in range(5):
            try:
                crowds.enter(leia, SCHOOL)
            except HeldError:
                continue
            through += 1
        return through

    assert sum(together(8, guess)) <= 1
