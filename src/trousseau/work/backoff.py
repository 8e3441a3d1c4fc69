"""How long to wait before trying again."""

from datetime import timedelta

FIRST = timedelta(seconds=20)
LONGEST = timedelta(hours=2)


def delay(attempts: int) -> timedelta:
    """Return the pause after the given number of attempts: 20 s, 40 s, 80 s … two hours."""
    doublings = min(max(attempts - 1, 0), 12)
    return min(FIRST * (1 << doublings), LONGEST)
