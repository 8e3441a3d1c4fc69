"""Wake a worker the moment something is due, instead of letting it sleep out its pause.

PostgreSQL tells its listeners (LISTEN/NOTIFY, delivered at commit). SQLite has no such call,
but `PRAGMA data_version` changes with every commit of another connection and costs
microseconds, so the worker looks at it often.
"""

import time
from typing import Protocol

from django.db import connection

CHANNEL = "trousseau_work"
SQLITE_LOOK_SECONDS = 0.05


class Sleeper(Protocol):
    """Sleeps until there may be work."""

    def sleep(self, seconds: float) -> None:
        """Return when something was committed, or after so many seconds at the latest."""


def notify() -> None:
    """Tell sleeping workers that the present transaction, once committed, brings work."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def sleeper() -> Sleeper:
    """Return the sleeper that fits the database; each lane has its own."""
    return PostgresSleeper() if connection.vendor == "postgresql" else SqliteSleeper()


class SqliteSleeper:
    """Looks at the counter that SQLite advances at each commit of somebody else."""

    def __init__(self) -> None:
        """Remember where the counter stands."""
        self._seen = self._version()

    def sleep(self, seconds: float) -> None:
        """Return at the first commit, or after so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            version = self._version()
            if version != self._seen:
                self._seen = version
                return
            time.sleep(SQLITE_LOOK_SECONDS)

    @staticmethod
    def _version() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return int(cursor.fetchone()[0])


class PostgresSleeper:
    """Listens on the lane's own connection, and anew whenever that has been replaced."""

    def __init__(self) -> None:
        """Begin to listen."""
        self._listen()

    def sleep(self, seconds: float) -> None:
        """Return at the first notification, or after so many seconds."""
        if connection.connection is not self._heard_on:
            # Broken and replaced in the middle of a duty: what came in between went unheard.
            self._listen()
            return
        with connection.wrap_database_errors:
            for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
                return

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._heard_on = connection.connection
