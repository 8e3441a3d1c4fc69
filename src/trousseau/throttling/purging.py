"""Forget counters and streaks whose time is over."""

from trousseau.throttling import counters, streaks


def purge() -> int:
    """Forget one small batch; return how many rows."""
    return counters.purge() + streaks.purge()
