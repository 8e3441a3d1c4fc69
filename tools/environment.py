"""Build the environment in `.venv`, once: `python3 tools/environment.py run` (or `dev`).

Only the standard library, and nothing that Python 3.7 would not understand, so that an old Python
can still say that it is too old.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MADE_FROM = VENV / "made-from"
LOCKS = {"run": ("run.txt", "build.txt"), "dev": ("dev.txt",)}


def main(level: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 -- this is where an old Python is told so
        sys.exit(
            f"Trousseau needs Python 3.11 or newer, and {sys.executable} is "
            f"{platform.python_version()}. Name another one: make PYTHON=python3.12 …"
        )
    if is_ready(level):
        return
    # Two `make` at once: the second waits here, then finds the work done. This very file is the
    # lock because it exists before anything else does.
    with Path(__file__).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(level):
            prepare(level)


def is_ready(level: str) -> bool:
    stamp = stamp_of(level)
    return PYTHON.exists() and is_same(MADE_FROM, origin()) and is_same(stamp, digest(level))


def prepare(level: str) -> None:
    if not (PYTHON.exists() and is_same(MADE_FROM, origin())):
        make_venv()
    print("Installing what Trousseau needs into .venv …", flush=True)
    locks = [str(ROOT / "requirements" / name) for name in LOCKS[level]]
    requirements = [word for lock in locks for word in ("--requirement", lock)]
    install(["--require-hashes", *requirements])
    install(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    # Written last: an interrupted installation is done again. Whoever has `dev` has `run` too.
    for done in {"run", level}:
        stamp_of(done).write_text(digest(done))


def make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python cannot make a virtual environment: its ensurepip is missing. "
            "On Debian or Ubuntu: apt install python3-venv"
        )
    print("Making the environment in .venv (once) …", flush=True)
    subprocess.run([base_python(), "-m", "venv", "--clear", str(VENV)], check=True)
    MADE_FROM.write_text(origin())


def install(arguments: list[str]) -> None:
    """Install by uv, ten times quicker; by pip where uv cannot be had or finds no package."""
    uv = find_uv()
    if uv and succeeds([uv, "pip", "install", "--quiet", "--python", str(PYTHON), *arguments]):
        return
    if uv:
        print("uv could not install them: pip tries, more slowly.", flush=True)
    if not succeeds([str(PYTHON), "-m", "pip", "install", "--quiet", *arguments]):
        sys.exit("The packages could not be installed: see above. Is the package index reachable?")


def find_uv() -> str:
    uv = VENV / "bin" / "uv"
    wanted = ROOT / "requirements" / "uv.txt"
    stamp = stamp_of("uv")
    if not (uv.exists() and is_same(stamp, digest_of([wanted]))):
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
        if not succeeds([*command, "--requirement", str(wanted)]):
            print("uv could not be installed: pip does it alone, more slowly.", flush=True)
            return ""
        stamp.write_text(digest_of([wanted]))
    return str(uv)


def succeeds(command: list[str]) -> bool:
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", UV_NO_PROGRESS="1")
    return subprocess.run(command, check=False, cwd=str(ROOT), env=environment).returncode == 0


def base_python() -> str:
    """Return the interpreter itself, whichever virtual environment this script was started from."""
    return str(Path(sys.executable).resolve())


def origin() -> str:
    """Return what `.venv` depends on: its scripts carry its own address and its interpreter's."""
    return f"{VENV}\n{base_python()}\n"


def stamp_of(name: str) -> Path:
    return VENV / f"installed-{name}"


def digest(level: str) -> str:
    locks = [ROOT / "requirements" / name for name in LOCKS[level]]
    return digest_of([*locks, ROOT / "pyproject.toml"])


def digest_of(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def is_same(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


if __name__ == "__main__":
    main(*sys.argv[1:])
