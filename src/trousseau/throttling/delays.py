"""How long to wait after so many failures."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Schedule:
    """Some failures cost nothing, then each one holds the next attempt back for longer.

    After `most` failures no attempt is admitted any more, until the streak is reset or
    forgotten; without it the last delay goes on for ever. `steps` never shrink.
    """

    free: int
    steps: tuple[timedelta, ...]
    most: int | None = None

    def after(self, failures: int) -> timedelta:
        """Return the delay that the so-manieth failure brings (SIG-04)."""
        if failures <= self.free:
            return timedelta()
        return self.steps[min(failures - self.free, len(self.steps)) - 1]

    @property
    def longest(self) -> timedelta:
        """The longest delay that one failure can bring."""
        return self.steps[-1]


def doubling(first: timedelta, longest: timedelta) -> tuple[timedelta, ...]:
    """Return delays that double from the first until the longest is reached."""
    steps = [first]
    while steps[-1] < longest:
        steps.append(min(steps[-1] * 2, longest))
    return tuple(steps)
