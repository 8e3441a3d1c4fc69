"""What a worker does: each room registers its duties when the application starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

# Lanes, so that a person waiting for a mail never waits behind a bulk run, nor behind other
# people's servers that do not answer.
PEOPLE = "people"
OUTSIDE = "outside"
BULK = "bulk"
LANES = (PEOPLE, OUTSIDE, BULK)


@dataclass(frozen=True)
class Duty:
    """One kind of work: `run` does at most one small batch and returns how many rows it did.

    Where nobody waits for it, it rests for a while after a run that did less than a batch.
    """

    name: str
    lane: str
    run: Callable[[], int]
    rest: timedelta = timedelta(0)
    batch: int = 1


_duties: dict[str, Duty] = {}


def register(
    name: str,
    lane: str,
    run: Callable[[], int],
    *,
    rest: timedelta = timedelta(0),
    batch: int = 1,
) -> None:
    """Add a duty to a lane; the lane goes through its duties in the order of registration."""
    _duties[name] = Duty(name, lane, run, rest, batch)


def of_lane(lane: str) -> list[Duty]:
    """Return the duties of a lane."""
    return [duty for duty in _duties.values() if duty.lane == lane]
