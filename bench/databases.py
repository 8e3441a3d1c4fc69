"""The databases under the product: a SQLite file, and a PostgreSQL server of this run's own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg

from tests.postgresql import running_server


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Yield the URL of a new file."""
    yield f"sqlite:///{folder / 'trousseau.sqlite3'}"


@contextmanager
def postgresql(_folder: Path) -> Iterator[str]:
    """Yield the URL of a new database; as in production, what is committed is on the disk."""
    with running_server(settings=()) as url:
        with psycopg.connect(url.replace("/trousseau?", "/postgres?"), autocommit=True) as server:
            server.execute("CREATE DATABASE trousseau")
        yield url


DATABASES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}
