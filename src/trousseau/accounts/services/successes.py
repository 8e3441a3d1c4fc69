"""Successes, added up in each process and written down every other second.

At eight in the morning a whole organisation signs in: one row that each of them wrote would be
a queue. They only say how many failures are usual, so what a killed process had not written
yet is no loss.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from trousseau import clock
from trousseau.throttling import counters
from trousseau.throttling.counters import Slot

WRITTEN_EVERY = timedelta(seconds=2)


class _Tally:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[Slot] = Counter()
        self._written_at: datetime | None = None

    def count(self, slots: Iterable[Slot]) -> Counter[Slot]:
        """Add one each, and return what is to be written now."""
        now = clock.now()
        with self._lock:
            self._waiting.update(slots)
            fresh = self._written_at and abs(now - self._written_at) < WRITTEN_EVERY
            if fresh:
                return Counter()
            due, self._waiting, self._written_at = self._waiting, Counter(), now
            return due


_tally = _Tally()


def count(slots: Iterable[Slot]) -> None:
    """Count one success for each."""
    if due := _tally.count(slots):
        counters.add(due)


def forget() -> None:
    """Begin anew: what is not written yet belongs to another database."""
    _tally.__init__()  # type: ignore[misc]
