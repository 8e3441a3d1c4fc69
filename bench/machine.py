"""The machine's facts, and the memory of process trees; nothing that names the machine."""

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

from bench.limits import cores

PROC = Path("/proc")
MEASURED = ("django", "granian", "argon2-cffi", "psycopg")


def facts() -> dict[str, object]:
    """Return what a reader needs to place the figures."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": _line("cpuinfo", "model name") or platform.machine(),
        "cores": cores(),
        "memory_gib": round(int(_line("meminfo", "MemTotal").split()[0] or 0) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in MEASURED},
        "load_average": round(os.getloadavg()[0], 2),
    }


def pss_mib(process: int) -> float:
    """Return the proportional set size of a process and all its descendants, in MiB."""
    kilobytes = 0
    for one in _tree(process):
        for line in (PROC / str(one) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def _tree(process: int) -> list[int]:
    found = [process]
    for task in (PROC / str(process) / "task").iterdir():
        for child in (task / "children").read_text().split():
            found += _tree(int(child))
    return found


def _line(file: str, name: str) -> str:
    for line in (PROC / file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""
