"""PostgreSQL restarted, and crashed, while people ask and two workers answer."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from tests import postgresql
from tests.factories import make_organisation
from tests.faults.people import live_links, nothing_left, people
from tests.faults.processes import DEADLINE_SECONDS, Clock, Worker, wait_until
from tests.faults.web import Browser, Cut, Web
from tests.postgresql import Server
from tests.sink import Sink
from trousseau.recovery.models import RecoveryRequest

PEOPLE = 60
pytestmark = pytest.mark.postgresql


@pytest.fixture
def own_server(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Yield a server of the test's own, where `default` is meanwhile; a commit is a commit."""
    usual = connections["default"]
    with postgresql.server(("fsync=off",)) as server:
        address, _, folder = server.url.partition("?host=")
        with psycopg.connect(address[: -len("trousseau")] + f"postgres?host={folder}") as first:
            first.autocommit = True
            first.execute("CREATE DATABASE trousseau")
        options = {**usual.settings_dict["OPTIONS"], "host": folder}
        settings = {**connections.settings["default"], "NAME": "trousseau", "OPTIONS": options}
        monkeypatch.setitem(connections.settings, "default", settings)
        del connections["default"]
        call_command("migrate", verbosity=0)
        yield server
        connections["default"].close()
        connections["default"] = usual


class Crowd:
    """Asks one after the other at a few browsers, each person until a page says it is noted."""

    def __init__(self, url: str, emails: list[str]) -> None:
        self._url = url
        self.asked: list[str] = []
        self.in_vain = Counter[str]()
        self._pool = ThreadPoolExecutor(2)
        self._all = [self._pool.submit(self._ask, email) for email in emails]

    def _ask(self, email: str) -> None:
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            try:
                page = Browser(self._url).post("/leia/recover/", email=email)
            except Cut as error:
                self.in_vain[type(error).__name__] += 1
            else:
                if page.status == 200:
                    self.asked.append(email)
                    return
                assert (page.status, "Try again in a few minutes" in page.text) == (500, True)
                self.in_vain["500"] += 1
            time.sleep(0.05)

    def wait(self) -> None:
        self._pool.shutdown()
        for one in self._all:
            one.result()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_postgresql_restarted_under_load_loses_nothing(
    own_server: Server, sink: Sink, tmp_path: Path, how: signal.Signals
) -> None:
    """ERR-01: who saw that the request is noted has a mail whose last link works.

    A restart costs one more mail a worker at most. A crash may cost one for each mail of the
    second before it, whose mark was not on the disk yet.
    """
    leia, clock = make_organisation(), Clock(tmp_path)
    emails = people(leia, PEOPLE)
    url = own_server.url
    with (
        Web(url, tmp_path) as web,
        Worker(url, sink.url, tmp_path, **clock.variables) as one,
        Worker(url, sink.url, tmp_path, **clock.variables) as other,
    ):
        for process in (web, one, other):
            process.wait_until_ready()
        crowd = Crowd(web.url, emails)
        for share in (1, 2):
            wait_until(lambda: len(crowd.asked) >= share * PEOPLE // 3, web.log)  # noqa: B023
            own_server.stop(how)
            own_server.start()
        crowd.wait()
        connections["default"].close()
        # What was in a worker's hands at the restart is done again once its lease is over.
        clock.jump(minutes=3)
        wait_until(nothing_left, lambda: one.log() + other.log())
    assert sorted(crowd.asked) == emails
    assert RecoveryRequest.objects.filter(answer="mailed").count() == PEOPLE
    links = live_links(leia, sink.kept)
    assert sorted(links) == emails
    assert {states[-1] for states in links.values()} == {True}
    twice = len(sink.kept) - PEOPLE
    assert twice <= (4 if how == signal.SIGINT else PEOPLE)
    assert max(map(len, links.values())) <= 3
