"""Real processes of the product, which die where a test wants them to."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

from django.db import transaction

from trousseau.organisations.models import Organisation
from trousseau.work import wakeups

CHECKOUT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 60


class Process:
    """`trousseau COMMAND`, mortal at the functions of `points` (see dying.py)."""

    def __init__(
        self, command: str, variables: dict[str, str], folder: Path, points: Iterable[str] = ()
    ) -> None:
        name = f"{command}-{time.monotonic_ns()}"
        self._log = folder / f"{name}.log"
        self._orders = folder / f"{name}.orders"
        fault = {"FAULT_POINTS": " ".join(points), "FAULT_ORDERS": str(self._orders)}
        is_faulty = bool(fault["FAULT_POINTS"] or "FAULT_CLOCK" in variables)
        module = "tests.faults.dying" if is_faulty else "trousseau"
        self._program = [sys.executable, "-m", module, command]
        places = {"TROUSSEAU_DATA_DIR": str(folder), "PYTHONPATH": str(CHECKOUT)}
        self._variables = os.environ | places | fault | variables
        self.start()

    def start(self) -> None:
        """Start it, or start it again as a service manager does."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._program, cwd=CHECKOUT, env=self._variables, stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(DEADLINE_SECONDS)

    def die_at(self, point: str) -> None:
        """Have whichever process calls this function next be killed."""
        # In one piece, for who looks at it meanwhile.
        draft = self._orders.with_suffix(".draft")
        draft.write_text(point)
        draft.rename(self._orders)

    @property
    def has_died(self) -> bool:
        """Whether the last order has been carried out."""
        return not self._orders.exists()

    def kill(self) -> None:
        """`kill -9`, and the certainty that it is gone."""
        self._process.kill()
        self._process.wait(DEADLINE_SECONDS)

    def kill_child(self, chance: random.Random) -> None:
        """`kill -9` for one of the processes that it has made, if there is any."""
        _, *children = self._family()
        if children:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait_for_death(self) -> None:
        """Wait until it has been killed; having ended by itself is a failure."""
        code = self._process.wait(DEADLINE_SECONDS)
        assert code == -signal.SIGKILL, self.log()

    def stop(self) -> None:
        """Ask it to end as a service manager does, and see it do so of its own will."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(DEADLINE_SECONDS) == 0, self.log()

    def limit_files(self, size: int) -> None:
        """Let it and its children write to no file beyond this size: to them, the disk is full.

        Linux says EFBIG then, where a full disk says ENOSPC; both arrive as OSError in Python and
        as a failed write in SQLite. It needs no right to mount a small disk.
        """
        for pid in self._family():
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))

    def lift_limit(self) -> None:
        self.limit_files(resource.RLIM_INFINITY)

    def _family(self) -> list[int]:
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, children.split())]

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


class Worker(Process):
    """`trousseau work`; `dying_at` names the function at whose first call it dies."""

    def __init__(
        self,
        database_url: str,
        mail_url: str,
        folder: Path,
        dying_at: str = "",
        **variables: str,
    ) -> None:
        places = {"TROUSSEAU_DATABASE_URL": database_url, "TROUSSEAU_MAIL_URL": mail_url}
        super().__init__("work", places | variables, folder, [dying_at] if dying_at else [])
        if dying_at:
            self.die_at(dying_at)

    def wait_until_ready(self) -> None:
        wait_until(lambda: "worker started" in self.log(), self.log)


def wait_until(condition: Callable[[], bool], explanation: Callable[[], str] = str) -> None:
    """Look again and again; fail past the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, explanation()
        time.sleep(0.02)


class Clock:
    """What the product's processes take for the time, jumping when a test says so."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._ahead = 0.0
        self.variables = {"FAULT_CLOCK": str(self._file)}

    def jump(self, **by: float) -> None:
        """Jump ahead, or back where the figure is negative; everybody has work at once."""
        self._ahead += timedelta(**by).total_seconds()
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(self._ahead))
        draft.rename(self._file)
        nudge()


def nudge() -> None:
    """Wake the workers, as whatever is committed does."""
    with transaction.atomic():
        Organisation.objects.update(place=f"{time.monotonic_ns()}")
        wakeups.notify()
