"""Failures in a row: what is free, what waits, and what nobody gets through twice."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.conftest import StoppedClock
from tests.throttling.together import together
from trousseau import clock
from trousseau.accounts.services.attempts import BY_ANY_NAME, BY_USERNAME
from trousseau.throttling import streaks
from trousseau.throttling.delays import Schedule, doubling
from trousseau.throttling.held import HeldError
from trousseau.throttling.models import Streak

KEY = "name:ada"
WITHOUT_END = Schedule(2, doubling(timedelta(seconds=30), timedelta(hours=1)))


def fail(schedule: Schedule = BY_USERNAME, key: str = KEY) -> int:
    return streaks.reserve(key, schedule).failures


def hold(schedule: Schedule = BY_USERNAME) -> HeldError:
    with pytest.raises(HeldError) as held:
        streaks.reserve(KEY, schedule)
    return held.value


def test_delays_are_those_of_the_page_on_limits() -> None:
    """SIG-04: NIST's own example, 30 seconds to an hour."""
    delays = [BY_USERNAME.after(failures).total_seconds() for failures in range(1, 16)]
    assert delays == [0] * 5 + [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


@pytest.mark.parametrize("schedule", [BY_USERNAME, BY_ANY_NAME, WITHOUT_END])
def test_delays_never_shrink(schedule: Schedule) -> None:
    delays = [schedule.after(failures) for failures in range(1, 200)]
    assert delays == sorted(delays)
    assert delays[-1] == schedule.longest


@pytest.mark.django_db
def test_reserve_holds_exactly_as_long_as_told(travel: StoppedClock) -> None:
    """SIG-03, SIG-04."""
    for failures in range(1, 7):
        assert fail() == failures
    assert hold().until == travel.moment + timedelta(seconds=30)
    travel(seconds=29)
    hold()
    travel(seconds=1)
    assert fail() == 7
    assert hold().until == travel.moment + timedelta(seconds=60)


@pytest.mark.django_db
def test_reserve_while_held_counts_nothing(travel: StoppedClock) -> None:
    """SIG-05: a flood does not prolong what it has brought about."""
    for _ in range(6):
        fail()
    for _ in range(50):
        hold()
    travel(seconds=30)
    assert fail() == 7


@pytest.mark.django_db
@pytest.mark.parametrize(("schedule", "most"), [(BY_USERNAME, 100), (BY_ANY_NAME, 16)])
def test_reserve_never_more_than_the_most(
    travel: StoppedClock, schedule: Schedule, most: int
) -> None:
    """SIG-03: NIST's hundred, over whatever time."""
    for failures in range(1, most + 1):
        assert fail(schedule) == failures
        travel(hours=1)
    travel(days=20)
    assert hold(schedule).until is None
    travel(days=10)
    streaks.purge()
    assert fail(schedule) == 1


@pytest.mark.django_db
def test_reset_opens_at_once(travel: StoppedClock) -> None:
    """SIG-06."""
    for _ in range(6):
        fail()
    assert streaks.reset([KEY]) == 1
    assert fail() == 1


@pytest.mark.django_db
def test_give_back_leaves_the_streak_as_it_was(travel: StoppedClock) -> None:
    reserved = streaks.reserve(KEY, BY_USERNAME)
    streaks.give_back(reserved)
    assert not Streak.objects.exists()
    for _ in range(5):
        fail()
    for _ in range(3):
        sixth = streaks.reserve(KEY, BY_USERNAME)
        assert sixth.failures == 6
        streaks.give_back(sixth)
    streaks.give_back(streaks.reserve(KEY, BY_USERNAME))
    assert fail() == 6
    hold()


@pytest.mark.django_db
def test_give_back_of_what_was_reset_gives_nothing(travel: StoppedClock) -> None:
    reserved = [streaks.reserve(KEY, BY_USERNAME) for _ in range(6)]
    streaks.reset([KEY])
    for one in reserved:
        streaks.give_back(one)
    assert [fail() for _ in range(6)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_clock_that_was_wrong_holds_nobody(travel: StoppedClock) -> None:
    """SIG-04: whatever it said, nobody waits longer than the longest delay."""
    travel(days=400)
    for _ in range(6):
        fail()
    travel(days=-400)
    assert fail() == 7


@pytest.mark.usefixtures("shared_database")
def test_guesses_in_parallel_get_no_more_tries_than_one_after_the_other() -> None:
    """SIG-03: reserved before they are made."""

    def guess(_: int) -> int:
        through = 0
        for _ in range(10):
            try:
                streaks.reserve(KEY, BY_USERNAME)
            except HeldError:
                continue
            through += 1
        return through

    assert sum(together(8, guess)) == BY_USERNAME.free + 1
    assert Streak.objects.get().failures == BY_USERNAME.free + 1


@pytest.mark.usefixtures("shared_database")
def test_attempts_given_back_in_parallel_leave_nothing() -> None:
    roomy = Schedule(10_000, (timedelta(hours=1),))

    def attempt(_: int) -> None:
        for _ in range(20):
            streaks.give_back(streaks.reserve(KEY, roomy))

    together(8, attempt)
    assert sum(one.failures for one in Streak.objects.all()) == 0


class Door(RuleBasedStateMachine):
    """An account's two paths: the world's, with delays, and a trusted device's own tries."""

    def __init__(self) -> None:
        super().__init__()
        self.time = StoppedClock(clock.now())
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(clock, "timezone", self.time)
        Streak.objects.all().delete()
        self.failures = 0
        self.free_at = self.time.moment
        self.delay = timedelta()

    def teardown(self) -> None:
        self.patch.undo()

    def closed(self) -> bool:
        return self.failures >= (BY_ANY_NAME.most or 0)

    @rule()
    def attempt_of_the_world(self) -> None:
        if self.closed() or self.time.moment < self.free_at:
            assert hold(BY_ANY_NAME).until == (None if self.closed() else self.free_at)
            return
        reserved = streaks.reserve(KEY, BY_ANY_NAME)
        self.failures += 1
        assert reserved.failures == self.failures
        assert reserved.delay >= self.delay
        self.delay = reserved.delay
        self.free_at = self.time.moment + reserved.delay

    @rule()
    def attempt_that_decides_nothing(self) -> None:
        try:
            streaks.give_back(streaks.reserve(KEY, BY_ANY_NAME))
        except HeldError:
            pass
        else:
            self.free_at = self.time.moment

    @rule()
    def success(self) -> None:
        streaks.reset([KEY])
        self.failures, self.delay, self.free_at = 0, timedelta(), self.time.moment
        streaks.give_back(streaks.reserve(KEY, BY_ANY_NAME))

    @rule()
    def attempt_elsewhere(self) -> None:
        before = list(Streak.objects.filter(key=KEY).values())
        streaks.reset(["another"])
        for _ in range(3):
            streaks.reserve("another", BY_ANY_NAME)
        assert list(Streak.objects.filter(key=KEY).values()) == before

    @rule(seconds=st.integers(0, 4000))
    def time_goes_on(self, seconds: int) -> None:
        self.time(seconds=seconds)

    @precondition(lambda self: self.failures > 0)
    @rule()
    def wait_long(self) -> None:
        """Whatever has happened, the way opens by itself in the end: there is no lock."""
        self.time(days=30)
        streaks.purge()
        self.failures, self.delay, self.free_at = 0, timedelta(), self.time.moment
        streaks.give_back(streaks.reserve(KEY, BY_ANY_NAME))

    @invariant()
    def nobody_waits_longer_than_the_longest_delay(self) -> None:
        for one in streaks.of([KEY]):
            assert one.held_until <= self.time.moment + BY_ANY_NAME.longest


class TestDoor(TestCase):
    """SIG-03, SIG-04, SIG-06: never a lock, delays that only grow, a success that resets."""

    def test_door(self) -> None:
        from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 -- as a test

        limits: Any = settings(max_examples=40, stateful_step_count=40, deadline=None)
        run_state_machine_as_test(Door, settings=limits)
