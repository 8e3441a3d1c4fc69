"""A database that several threads share, and a real cache server where there is one."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotYet

from tests.databases import shared_database

__all__ = ["cache_server", "shared_database"]

PROGRAMS = ("valkey-server", "redis-server")


@pytest.fixture(scope="session")
def cache_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a Valkey or Redis server of this run."""
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Valkey: see tests/throttling/install_cache_server")
    folder: Path = tmp_path_factory.mktemp("cache")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, *options], stdout=log, stderr=log)
    url = f"redis://127.0.0.1:{port}/0"
    with Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except NotYet:
                assert server.poll() is None, (folder / "log").read_text()
            else:
                break
    yield url
    server.terminate()
    server.wait()
