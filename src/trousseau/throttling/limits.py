"""So many within a window, for one subject: for whatever may be done often, but not endlessly."""

from dataclasses import dataclass
from datetime import timedelta

from trousseau.throttling import counters
from trousseau.throttling.counters import Slot
from trousseau.throttling.held import HeldError


@dataclass(frozen=True)
class Limit:
    """At most so many of something; docs/limits.md gives the reason of each (SIG-05)."""

    most: int
    window: timedelta

    def slot(self, subject: str) -> Slot:
        """Return the subject's counter in the present window."""
        return counters.slot(subject, self.window)

    def take(self, subject: str) -> None:
        """Count one, before it is done. Raises HeldError beyond the limit."""
        slot = self.slot(subject)
        count = counters.add({slot: 1})[slot]
        if count > self.most:
            raise HeldError(slot.ends_at, first=count == self.most + 1)
