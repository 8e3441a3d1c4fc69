"""The worker: one thread a lane, each going round its duties and sleeping when idle."""

import logging
import threading
import time

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from trousseau.work import duties, wakeups

log = logging.getLogger(__name__)
# Retries fall due without a commit to announce them, so nobody sleeps longer than this.
LONGEST_SLEEP_SECONDS = 2.0
TROUBLE_PAUSE_SECONDS = 2.0


def run_due() -> int:
    """Do everything that is due now, in this thread, and return how many rows were done.

    No duty rests.
    """
    done = 0
    while True:
        batch = sum(duty.run() for lane in duties.LANES for duty in duties.of_lane(lane))
        if not batch:
            return done
        done += batch


class _Round:
    """One lane's duties, those left out that rest."""

    def __init__(self, lane: str) -> None:
        self._lane = lane
        self._resting_until: dict[str, float] = {}

    def run(self) -> int:
        return sum(self._run(duty) for duty in duties.of_lane(self._lane))

    def _run(self, duty: duties.Duty) -> int:
        if time.monotonic() < self._resting_until.get(duty.name, 0):
            return 0
        done = duty.run()
        if done < duty.batch:
            self._resting_until[duty.name] = time.monotonic() + duty.rest.total_seconds()
        return done


class Worker:
    """Runs every lane until told to stop; a row in hand is finished first."""

    def __init__(self) -> None:
        """Prepare the lanes; nothing runs yet."""
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run_lane, args=(lane,), name=f"lane-{lane}", daemon=True)
            for lane in duties.LANES
            if duties.of_lane(lane)
        ]

    def start(self) -> None:
        """Start the lanes."""
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Ask the lanes to end after the batch in hand; safe in a signal handler."""
        self._stopping.set()

    def stop(self, timeout: float = 30) -> None:
        """Ask the lanes to end and wait until they have."""
        self.ask_to_stop()
        for thread in self._threads:
            thread.join(timeout)

    def wait(self) -> None:
        """Block until somebody asks to stop."""
        self._stopping.wait()

    def _run_lane(self, lane: str) -> None:
        sleeper: wakeups.Sleeper | None = None
        round_ = _Round(lane)
        while not self._stopping.is_set():
            try:
                sleeper = sleeper or wakeups.sleeper()
                if not round_.run():
                    sleeper.sleep(LONGEST_SLEEP_SECONDS)
            except (OperationalError, InterfaceError):
                log.warning("worker: the database does not answer, trying again", exc_info=True)
                sleeper = None
                close_old_connections()
                connection.close()
                self._stopping.wait(TROUBLE_PAUSE_SECONDS)
            except Exception:
                # A fault in one row must not stop the lane: its lease ends and it comes back.
                log.exception("worker: lane %s met an unexpected error", lane)
                self._stopping.wait(TROUBLE_PAUSE_SECONDS)
        connection.close()
