"""Counters within windows of time, in the database and in a cache server."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.throttling.together import together
from trousseau.throttling import counters, purging
from trousseau.throttling.limits import Limit, LimitExceededError
from trousseau.throttling.models import Counter

HOUR = timedelta(hours=1)


@pytest.fixture(params=["database", "cache"])
def _everywhere(request: pytest.FixtureRequest, settings: Settings, db: None) -> None:
    if request.param == "cache":
        cache.clear()
        settings.CACHE_URL = "redis://stands-for-the-local-memory"


@pytest.mark.usefixtures("_everywhere")
def test_add_tells_what_each_counter_has_come_to() -> None:
    one, other = counters.slot("one", HOUR), counters.slot("other", HOUR)
    assert counters.add({one: 1}) == {one: 1}
    assert counters.add({other: 5, one: 2}) == {one: 3, other: 5}
    assert counters.add({one: -2}) == {one: 1}
    assert counters.read([one, other, counters.slot("never", HOUR)]) == {
        one: 1,
        other: 5,
        counters.slot("never", HOUR): 0,
    }


@pytest.mark.usefixtures("_everywhere")
def test_window_ends_and_begins_anew(travel: StoppedClock) -> None:
    before = counters.slot("one", HOUR)
    counters.add({before: 7})
    travel(hours=1)
    after = counters.slot("one", HOUR)
    assert after != before
    assert counters.add({after: 1}) == {after: 1}
    assert travel.moment < after.ends_at <= travel.moment + HOUR


@pytest.mark.usefixtures("_everywhere")
def test_limit_lets_so_many_through_and_says_when_again(travel: StoppedClock) -> None:
    """SIG-05, LOG-03: only the first refusal of a window is one for the trail."""
    limit = Limit(3, HOUR)
    for _ in range(3):
        limit.take("network")
    limit.take("another network")
    refusals = []
    for _ in range(3):
        with pytest.raises(LimitExceededError) as refused:
            limit.take("network")
        refusals.append(refused.value)
    assert [refusal.first for refusal in refusals] == [True, False, False]
    travel.moment = refusals[0].again_at
    limit.take("network")


@pytest.mark.django_db
def test_cache_server_that_is_away_lets_the_database_count(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ERR-01: nobody is kept out by it, and nothing goes uncounted."""

    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no answer")

    settings.CACHE_URL = "redis://127.0.0.1:1"
    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.add", away)
    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.get_many", away)
    slot = counters.slot("one", HOUR)
    assert counters.add({slot: 2}) == {slot: 2}
    assert counters.read([slot]) == {slot: 2}
    assert "the database counts" in caplog.text


@pytest.mark.django_db
def test_purge_forgets_what_is_over_alone(travel: StoppedClock) -> None:
    counters.add({counters.slot("one", HOUR): 1})
    counters.add({counters.slot("one", timedelta(days=1)): 1})
    travel(hours=1)
    counters.add({counters.slot("one", HOUR): 1})
    assert purging.purge() >= 1
    assert purging.purge() == 0
    assert all(one.ends_at > travel.moment for one in Counter.objects.all())
    assert Counter.objects.filter(ends_at__lte=travel.moment + HOUR).exists()


@pytest.mark.usefixtures("shared_database")
def test_hits_in_parallel_are_all_counted() -> None:
    """SIG-05: also when two slots are wanted in different orders."""
    threads, hits = 8, 25
    one, other = counters.slot("one", HOUR), counters.slot("other", HOUR)

    def hit(number: int) -> list[int]:
        slots = [one, other] if number % 2 else [other, one]
        return [counters.add(dict.fromkeys(slots, 1))[one] for _ in range(hits)]

    seen = [count for counts in together(threads, hit) for count in counts]
    assert sorted(seen) == list(range(1, threads * hits + 1))
    assert counters.read([one, other]) == dict.fromkeys([one, other], threads * hits)
