"""The whole product as `make run` starts it: web server, worker and SMTP catcher."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

from tests.journeys.families import Family

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20
LOOK_SECONDS = 0.05
# One for each test that asks for a family, with room to spare.
FAMILIES = 80


@dataclass(frozen=True)
class Mail:
    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]

    @property
    def links(self) -> list[str]:
        """The addresses that hold a secret, in the order of the text."""
        return re.findall(r"http\S+/[\w-]{32,}/", self.text)


@dataclass
class Demo:
    url: str
    database: Path
    families: Iterator[Family]
    seen: dict[str, int] = field(default_factory=dict)

    def mails_to(self, address: str) -> list[Mail]:
        """Every mail that came for the address, the first one first."""
        with closing(HTTPConnection(self.url.removeprefix("http://"), timeout=10)) as connection:
            connection.request("GET", "/demo/mail.json")
            caught = json.load(connection.getresponse())
        mine = [
            Mail(
                to=one["to"],
                sender=one["from"],
                subject=_as_read(one["subject"]),
                text=_as_read(one["text"]),
                html=one["html"],
                headers=one["headers"],
            )
            for one in caught
            if one["to"] == address
        ]
        return mine[::-1]

    def next_mail_to(self, address: str) -> Mail:
        """Wait for the first mail to the address that was not asked for before."""
        number = self.seen.get(address, 0)
        mails = wait_until(lambda: self.mails_to(address)[number:], f"a mail to {address}")
        self.seen[address] = number + 1
        return mails[0]


def _as_read(text: str) -> str:
    """Return the text with the spaces that a reader sees, whether they may break or not."""
    return re.sub("[\u00a0\u202f]", " ", text)


def wait_until(condition: Callable[[], T], what: str) -> T:
    """Return what the condition gives once it gives something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {PATIENCE_SECONDS} s")
        pause.wait(LOOK_SECONDS)
    return found


@contextmanager
def running(data: Path, port: str = "") -> Iterator[Demo]:
    """Start the product on a data folder of its own and a free port, and end it."""
    port = port or str(_free_port())
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TROUSSEAU_")
    }
    settled = subprocess.run(
        [sys.executable, "-m", "tests.journeys.families", port, data, str(FAMILIES)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    families = iter([Family(**one) for one in json.loads(settled.stdout)])
    errors = data / "stderr"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "trousseau", "demo", "--port", port, "--data", data],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        if not any(line.startswith("Trousseau is ready") for line in process.stdout):
            raise RuntimeError(f"the demo does not start: {errors.read_text()}")
        try:
            yield Demo(f"http://127.0.0.1:{port}", data / "trousseau.sqlite3", families)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
