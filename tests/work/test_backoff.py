from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from trousseau.work import backoff


def test_delay_doubles_from_twenty_seconds() -> None:
    delays = [backoff.delay(attempts).total_seconds() for attempts in range(1, 12)]
    assert delays == [20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 7200, 7200]


@given(st.integers(-5, 40_000), st.integers(0, 40_000))
def test_delay_never_shrinks_and_stays_within_bounds(attempts: int, more: int) -> None:
    delay = backoff.delay(attempts)
    assert timedelta(seconds=20) <= delay <= backoff.delay(attempts + more) <= timedelta(hours=2)
