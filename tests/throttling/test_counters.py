"""Counters within windows of time, in the database and in a cache server."""

import socket
from datetime import timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings
from redis import Redis

from tests.conftest import StoppedClock
from tests.throttling.together import together
from trousseau import clock
from trousseau.throttling import counters, purging
from trousseau.throttling.held import HeldError
from trousseau.throttling.limits import Limit
from trousseau.throttling.models import Counter

HOUR = timedelta(hours=1)


@pytest.fixture
def _valkey(settings: Settings, cache_server: str) -> None:
    settings.CACHE_URL = cache_server
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": cache_server,
        }
    }
    cache.clear()


@pytest.fixture(params=["database", "valkey"])
def _everywhere(request: pytest.FixtureRequest, db: None) -> None:
    if request.param == "valkey":
        request.getfixturevalue("_valkey")


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
        with pytest.raises(HeldError) as refused:
            limit.take("network")
        refusals.append(refused.value)
    assert [refusal.first for refusal in refusals] == [True, False, False]
    assert refusals[0].until
    travel.moment = refusals[0].until
    limit.take("network")


@pytest.mark.django_db
def test_cache_server_that_is_away_lets_the_database_count(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """ERR-01: nobody is kept out by it, and nothing goes uncounted."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
    settings.CACHE_URL = url
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    }
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


@pytest.mark.usefixtures("_valkey", "db")
def test_hits_in_parallel_are_all_counted_by_a_cache_server() -> None:
    """SIG-05: each in turn, and the database knows nothing of them."""
    slot = counters.slot("one", HOUR)
    seen = together(8, lambda _: [counters.add({slot: 1})[slot] for _ in range(25)])
    assert sorted(count for counts in seen for count in counts) == list(range(1, 201))
    assert not Counter.objects.exists()


@pytest.mark.usefixtures("_valkey", "db")
def test_counter_in_a_cache_server_is_forgotten_by_itself(cache_server: str) -> None:
    slot = counters.slot("one", HOUR)
    counters.add({slot: 1})
    with Redis.from_url(cache_server) as client:
        (key,) = client.keys()
        left = (slot.ends_at - clock.now()).total_seconds()
        assert left < client.ttl(key) <= 2 * HOUR.total_seconds() + 60
