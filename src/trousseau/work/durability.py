"""How soon a commit must be on disk, and how long to insist on it."""

import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
INSIST_SECONDS = 30.0
PAUSE_SECONDS = 0.5


def commit_may_lag() -> None:
    """Let the present transaction's commit return before PostgreSQL has it on disk.

    Should the database server itself crash within the next second, the transaction may be as if
    it had never been; nothing else ever loses it. For marks whose loss only means doing a thing
    once more, thousands of times an hour.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


def insist(write: Callable[[], object]) -> None:
    """Write, again and again while the database is away or full; then raise what it said last.

    For what has already happened in the world. `write` must do no harm when it is done twice, and
    leave nothing behind in memory: whether a commit came through is not known when the line
    breaks in the middle of it.
    """
    end = time.monotonic() + INSIST_SECONDS
    while True:
        try:
            write()
        except (OperationalError, InterfaceError) as error:
            # Within a transaction there is nothing left to repeat.
            if connection.in_atomic_block or time.monotonic() > end:
                raise
            log.warning("the database does not answer, insisting: %s", error)
            connection.close()
            time.sleep(PAUSE_SECONDS)
        else:
            return
