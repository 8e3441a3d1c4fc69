"""Run `trousseau` as it is, but for the functions at whose call it dies when a test says so.

`python -m tests.faults.dying work`, with variables that nobody else reads: FAULT_POINTS names the
functions, as `module:name`, and FAULT_ORDERS a file. Whichever function stands in it kills its
process as `kill -9` does; the order is gone with the first who carries it out. FAULT_CLOCK names a
file that says by how many seconds the product's clock is wrong, from one moment to the next.
"""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import django
from django.utils import timezone

from trousseau import clock


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "trousseau.settings"
    django.setup()
    orders = Path(os.environ["FAULT_ORDERS"])
    for point in os.environ["FAULT_POINTS"].split():
        module, _, name = point.partition(":")
        owner, _, last = name.rpartition(".")
        holder = resolve_name(f"{module}:{owner}" if owner else module)
        setattr(holder, last, mortal(getattr(holder, last), point, orders))
    if "FAULT_CLOCK" in os.environ:
        vars(clock)["timezone"] = WrongClock(Path(os.environ["FAULT_CLOCK"]))
    from trousseau.__main__ import main as trousseau  # noqa: PLC0415 - after the settings

    trousseau()


class WrongClock:
    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        ahead = float(self._file.read_text()) if self._file.exists() else 0.0
        return timezone.now() + timedelta(seconds=ahead)


def mortal(function: Callable[..., Any], point: str, orders: Path) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **details: Any) -> Any:
        if orders.exists() and orders.read_text() == point:
            orders.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **details)

    return call


if __name__ == "__main__":
    main()
