"""Environments of their own for the programs of other projects, kept under var/."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "var" / "interop"


def python_with(requirements: Path) -> Path:
    """Return the interpreter of an environment with these packages, made the first time."""
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = KEPT / f"{requirements.stem}-{digest}"
    python = place / "bin" / "python"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{place.name}.lock").open("w") as turn:
        # Several test processes want it at once: one makes it.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
            install(python, requirements)
            (place / "complete").touch()
    return python


def install(python: Path, requirements: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    program: list[str | Path] = [uv, "pip", "install", "--python", python]
    if not uv.exists():
        program = [python, "-m", "pip", "install"]
    subprocess.run([*program, "--quiet", "--requirement", requirements], check=True)
