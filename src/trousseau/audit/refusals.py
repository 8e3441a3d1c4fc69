"""Note refusals that cost whoever causes them nothing: so many a minute, and how many more."""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import Error, transaction

from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag

log = logging.getLogger(__name__)
# Of one kind, in one process. A robot that sends rubbish all night must not fill the disk.
MOST_A_MINUTE = 60


@dataclass
class _Minute:
    ends: float = 0.0
    noted: int = 0
    left_out: int = 0


@dataclass
class _Gate:
    minutes: dict[Tag, _Minute] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_gate = _Gate()


def note(tag: Tag, origin: Origin, *, organisation: str = "", **facts: str | int) -> None:
    """Write a refusal into the trail; the page is answered whether that succeeds or not.

    What comes too often is counted instead, and the next event says how many were left out.
    """
    left_out = _admitted(tag)
    if left_out is None:
        return
    if left_out:
        facts["left_out"] = left_out
    try:
        with transaction.atomic():
            trail.record(
                tag,
                origin,
                organisation=organisation,
                outcome=Outcome.REFUSED,
                **facts,  # type: ignore[arg-type]  # no fact bears the name of a parameter
            )
    except Error:
        log.exception("%s could not be written into the trail: %s", tag, facts)


def forget() -> None:
    """Begin to count anew; for tests."""
    _gate.minutes.clear()


def _admitted(tag: Tag) -> int | None:
    """Return how many were left out before this one, or None if it is to be left out too."""
    now = time.monotonic()
    with _gate.lock:
        minute = _gate.minutes.setdefault(tag, _Minute())
        if now >= minute.ends:
            minute.ends, minute.noted = now + 60, 0
        if minute.noted >= MOST_A_MINUTE:
            minute.left_out += 1
            return None
        minute.noted += 1
        left_out, minute.left_out = minute.left_out, 0
        return left_out
