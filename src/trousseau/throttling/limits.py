"""So many within a window, for one subject: for whatever may be done often, but not endlessly."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from trousseau.throttling import counters


class LimitExceededError(Exception):
    """Too many in this window. `first` is true once a window, for the trail (LOG-03)."""

    def __init__(self, again_at: datetime, *, first: bool) -> None:
        """Keep when it may be tried again."""
        super().__init__(again_at)
        self.again_at = again_at
        self.first = first


@dataclass(frozen=True)
class Limit:
    """At most so many of something; docs/limits.md gives the reason of each (SIG-05)."""

    most: int
    window: timedelta

    def take(self, subject: str) -> None:
        """Count one, before it is done. Raises LimitExceededError beyond the limit."""
        slot = counters.slot(subject, self.window)
        count = counters.add({slot: 1})[slot]
        if count > self.most:
            raise LimitExceededError(slot.ends_at, first=count == self.most + 1)
