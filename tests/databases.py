"""A database that several threads and processes share, as in production."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections


@pytest.fixture
def shared_database(
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[str]:
    """Yield the URL of a database for this test, which `default` means in every thread.

    The other tests' SQLite database lives in memory, where threads lock each other's tables
    and other processes see nothing: a copy of it in a file takes its place here.
    """
    usual = connections["default"]
    if usual.vendor == "postgresql":
        server = urlsplit(os.environ["TEST_POSTGRESQL_URL"])
        yield server._replace(path=f"/{usual.settings_dict['NAME']}").geturl()
        return
    file = tmp_path / "trousseau.sqlite3"
    usual.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        usual.connection.backup(copy)
    settings = {**connections.settings["default"], "NAME": str(file)}
    monkeypatch.setitem(connections.settings, "default", settings)
    del connections["default"]
    yield f"sqlite:///{file}"
    connections["default"].close()
    connections["default"] = usual
