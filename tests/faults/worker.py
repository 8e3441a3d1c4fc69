"""A real `trousseau work` in a process of its own, which dies where a test wants it to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

DEADLINE_SECONDS = 60
# Runs the command as `trousseau` does, after a function has been replaced by death.
DYING = """
import os, signal, sys
from importlib import import_module
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "trousseau.settings"
django.setup()
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
module, _, name = sys.argv.pop(1).rpartition(".")
setattr(import_module(module), name, die)
from trousseau.__main__ import main
main()
"""


class Worker:
    """A worker process; `dying_at` names the function of the product at whose call it dies."""

    def __init__(self, database_url: str, mail_url: str, folder: Path, dying_at: str = "") -> None:
        self._log = folder / f"worker-{time.monotonic_ns()}.log"
        program = ["-c", DYING, dying_at] if dying_at else ["-m", "trousseau"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *program, "work"],
                env=os.environ
                | {
                    "TROUSSEAU_DATABASE_URL": database_url,
                    "TROUSSEAU_MAIL_URL": mail_url,
                    "TROUSSEAU_DATA_DIR": str(folder),
                },
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(DEADLINE_SECONDS)

    def kill(self) -> None:
        """`kill -9`, and the certainty that it is gone."""
        self._process.kill()
        self._process.wait(DEADLINE_SECONDS)

    def wait_until_ready(self) -> None:
        wait_until(lambda: "worker started" in self.log(), self.log)

    def wait_for_death(self) -> None:
        """Wait until it has been killed; having ended by itself is a failure."""
        code = self._process.wait(DEADLINE_SECONDS)
        assert code == -signal.SIGKILL, self.log()

    def stop(self) -> None:
        """Ask it to end as a service manager does, and see it do so of its own will."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(DEADLINE_SECONDS) == 0, self.log()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


def wait_until(condition: Callable[[], bool], explanation: Callable[[], str] = str) -> None:
    """Look again and again; fail past the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, explanation()
        time.sleep(0.02)
