"""An installation of the product on loopback: its variables, its folder, its processes."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import wire

WEB_PROCESSES = 2
PATIENCE_SECONDS = 30.0
STOP_SECONDS = 15.0
# Below those that systems give to clients.
PORTS = range(20_000, 32_000)
# Should the benchmark be killed, the kernel stops what it started.
_TIED = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


class Installation:
    """One database, one configuration, any number of processes."""

    def __init__(self, folder: Path, database_url: str, mail_port: int) -> None:
        """Choose a port; nothing runs yet."""
        self.folder = folder
        self.port = free_port()
        self._variables = {
            "TROUSSEAU_DATABASE_URL": database_url,
            "TROUSSEAU_DATA_DIR": str(folder),
            "TROUSSEAU_SECRET_KEY": "known to everybody, for loopback only, gone with the run",
            "TROUSSEAU_BASE_URL": f"http://127.0.0.1:{self.port}",
            "TROUSSEAU_MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "TROUSSEAU_MAIL_FROM": "no-reply@trousseau.example",
            # Everybody in the benchmark comes from one address.
            "TROUSSEAU_KNOWN_NETWORKS": "127.0.0.0/8",
            "TROUSSEAU_WEB_PORT": str(self.port),
            "TROUSSEAU_WEB_PROCESSES": str(WEB_PROCESSES),
            "TROUSSEAU_LOG_LEVEL": "WARNING",
        }

    def environment(self) -> dict[str, str]:
        """Return this process's environment, with the installation's variables and no others."""
        inherited = {
            name: text for name, text in os.environ.items() if not name.startswith("TROUSSEAU_")
        }
        return {**inherited, **self._variables, "DJANGO_SETTINGS_MODULE": "trousseau.settings"}

    @property
    def on_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self._variables["TROUSSEAU_DATABASE_URL"].startswith("postgres")

    def searches(self, times: int, queries: Sequence[str]) -> dict[str, Any]:
        """Return the picker's server times for each query, asked so many times."""
        done = subprocess.run(
            [*_TIED, sys.executable, "-m", "bench.inside.picker", str(times)],
            env=self.environment(),
            input=json.dumps(queries),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures

    @contextmanager
    def tended(self) -> Iterator["Population"]:
        """Have somebody who fills and tends the database while the block runs."""
        with subprocess.Popen(
            [*_TIED, sys.executable, "-m", "bench.inside.population"],
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            yield Population(process)

    @contextmanager
    def web(self, first_page: str = "/health/live") -> Iterator[subprocess.Popen[bytes]]:
        """Serve pages while the block runs; at its beginning the first one has been served."""
        with self._running("serve") as server:
            wait_for_page(server, self.port, first_page, self._log("serve"))
            yield server

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Work while the block runs."""
        with self._running("work") as worker:
            yield worker

    def _log(self, command: str) -> Path:
        return self.folder / f"{command}.log"

    @contextmanager
    def _running(self, command: str) -> Iterator[subprocess.Popen[bytes]]:
        with running(
            [sys.executable, "-m", "trousseau", command],
            self._log(command),
            self.environment(),
        ) as process:
            yield process


class Population:
    """The people in the database, as far as the benchmark gives orders about them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Give orders to this process."""
        self._process = process

    def fill(self, accounts: int, memberships: int) -> None:
        """Create so many memberships, one of them with so many accounts."""
        self._order(f"fill {accounts} {memberships}")

    def ask(self, count: int) -> None:
        """Queue requests of so many people who have an account."""
        self._order(f"ask {count}")

    def settle(self) -> None:
        """Leave no work to a worker, and let every address be asked for anew."""
        self._order("settle")

    def register_application(self) -> None:
        """Have one application in the register of the membership."""
        self._order("application")

    def crowd(self, sessions: int, tickets: int) -> None:
        """Add so many live sessions with a sign-on each, and so many spent tickets of theirs."""
        self._order(f"crowd {sessions} {tickets}")

    def spent(self) -> int:
        """Return how many spent tickets wait for the purge."""
        return int(self._order("spent"))

    def _order(self, order: str) -> str:
        orders, answers = self._process.stdin, self._process.stdout
        if orders is None or answers is None:
            raise RuntimeError("started without pipes")
        print(order, file=orders, flush=True)
        word, _, rest = answers.readline().strip().partition(" ")
        if word != "done":
            raise RuntimeError(f"{order}: failed, see above")
        return rest


@contextmanager
def running(
    words: list[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block runs; afterwards neither it nor a child of it is left."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_TIED, *words],
            stdout=output,
            stderr=output,
            env=environment,
            # Ctrl-C is for the benchmark, which stops what it started in good order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_page(server: subprocess.Popen[bytes], port: int, path: str, log: Path) -> wire.Answer:
    """Return the first answer of a server that is starting. Raises RuntimeError, with its log."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return wire.fetch(port, path)
        except (OSError, wire.BrokenAnswerError):
            time.sleep(0.002)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"no page on {path} ({server.poll()}): {said}")


def free_port() -> int:
    """Return a port of loopback that nobody has, nor any client will be given meanwhile."""
    while True:
        port = secrets.choice(PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
