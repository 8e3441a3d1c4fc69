"""Other projects' servers, run as programs of their own."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.cas_servers import apereo
from tests.interop.environments import python_with
from tests.interop.walking import Page, Walker

FOLDER = Path(__file__).parent / "cas_servers"


@dataclass(frozen=True)
class CasServer:
    """Another project's CAS server, where `ange` can sign in."""

    kind: str
    url: str

    def sign_in(self, person: Walker, page: Page) -> Page:
        """Sign in where the page asks for it, which must be on this server."""
        assert page.url.startswith(f"{self.url}/login"), page
        return person.send(page, "form[method=post]", username="ange", password="falaise-canard")


def asked_for() -> list[str]:
    """Return the servers of every run, or the one that TEST_CAS_SERVER names instead."""
    named = os.environ.get("TEST_CAS_SERVER")
    return [named] if named else ["django-cas-server", "django-mama-cas"]


@pytest.fixture(scope="session", params=asked_for())
def cas_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CasServer]:
    kind: str = request.param
    if kind == "apereo":
        with apereo.running(tmp_path_factory.mktemp(kind)) as url:
            yield CasServer(kind, url)
        return
    python = python_with(FOLDER / f"{kind}.txt")
    folder = tmp_path_factory.mktemp(kind)
    with (folder / "log").open("wb") as log:
        program = subprocess.Popen(
            [python, "-W", "ignore", FOLDER / "server.py", kind, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert program.stdin is not None
    assert program.stdout is not None
    port = program.stdout.readline().decode().strip()
    assert port, (folder / "log").read_text()
    yield CasServer(kind, f"http://localhost:{port}/cas")
    program.stdin.close()
    program.wait(timeout=10)
    program.stdout.close()
