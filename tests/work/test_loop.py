import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection, connections, transaction
from psycopg.sql import SQL, Identifier

from trousseau.mail import outbox
from trousseau.mail.models import Message
from trousseau.work import duties, leases, loop

DEADLINE_SECONDS = 30
pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _no_duties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the product's own duties, and do not sleep for long."""
    monkeypatch.setattr(duties, "_duties", {})
    monkeypatch.setattr(loop, "TROUBLE_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(loop, "LONGEST_SLEEP_SECONDS", 0.5)


@contextmanager
def working() -> Iterator[loop.Worker]:
    worker = loop.Worker()
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(DEADLINE_SECONDS)


class Finished:
    """A duty that finishes messages, and tells when one is done."""

    def __init__(self) -> None:
        self.again = threading.Semaphore(0)

    def run(self) -> int:
        rows = leases.claim(Message.objects.all(), 10)
        for row in rows:
            leases.finish(row, state=Message.State.SENT)
            self.again.release()
        return len(rows)

    def wait(self) -> bool:
        return self.again.acquire(timeout=DEADLINE_SECONDS)


def queue() -> None:
    with transaction.atomic():
        outbox.queue("test", "somebody@example.org", "fr")


def once(run: Callable[[], object]) -> Callable[[], int]:
    """Return a duty that does something the first time and has nothing to do after it."""
    calls = iter([run])

    def duty() -> int:
        for call in calls:
            call()
        return 0

    return duty


def test_run_due_goes_on_until_nothing_is_left() -> None:
    left = {duties.PEOPLE: 3, duties.BULK: 5}

    def take(lane: str) -> Callable[[], int]:
        def run() -> int:
            left[lane] -= (done := min(left[lane], 1))
            return done

        return run

    for lane in left:
        duties.register(lane, lane, take(lane))
    assert loop.run_due() == 8
    assert left == {duties.PEOPLE: 0, duties.BULK: 0}


def test_duties_of_a_lane_run_in_the_order_of_registration() -> None:
    ran: list[str] = []
    for name, lane in [
        ("bulk", duties.BULK),
        ("answer", duties.PEOPLE),
        ("deliver", duties.PEOPLE),
    ]:
        duties.register(name, lane, once(partial(ran.append, name)))
    loop.run_due()
    assert ran == ["answer", "deliver", "bulk"]


def test_worker_does_what_is_committed_while_it_sleeps() -> None:
    finished = Finished()
    duties.register("finish", duties.PEOPLE, finished.run)
    with working():
        for _ in range(3):
            queue()
            assert finished.wait()
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_worker_lanes_do_not_wait_for_each_other() -> None:
    """A bulk run in hand does not keep the other lane from its work."""
    people_served, bulk_over = threading.Event(), threading.Event()

    def wait_for_people() -> None:
        if people_served.wait(DEADLINE_SECONDS):
            bulk_over.set()

    duties.register("bulk", duties.BULK, once(wait_for_people))
    duties.register("people", duties.PEOPLE, once(people_served.set))
    with working():
        assert bulk_over.wait(2 * DEADLINE_SECONDS)


def test_worker_every_duty_of_a_lane_has_its_turn() -> None:
    """A duty that always finds something to do does not starve those after it."""
    served = threading.Event()
    duties.register("busy", duties.PEOPLE, lambda: 1)
    duties.register("patient", duties.PEOPLE, once(served.set))
    with working():
        assert served.wait(DEADLINE_SECONDS)


def test_worker_fault_in_a_duty_does_not_stop_the_lane(caplog: pytest.LogCaptureFixture) -> None:
    finished = Finished()

    def stumble() -> None:
        raise ZeroDivisionError

    duties.register("stumble", duties.PEOPLE, once(stumble))
    duties.register("finish", duties.PEOPLE, finished.run)
    with working():
        queue()
        assert finished.wait()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "worker: lane people met an unexpected error")
    ]


def test_worker_stops_with_the_batch_in_hand_finished() -> None:
    holding, released = threading.Event(), threading.Event()
    finished = Finished()

    def hold() -> int:
        holding.set()
        assert released.wait(DEADLINE_SECONDS)
        return finished.run()

    duties.register("hold", duties.PEOPLE, hold)
    queue()
    with working() as worker:
        assert holding.wait(DEADLINE_SECONDS)
        worker.ask_to_stop()
        released.set()
    assert [message.state for message in Message.objects.all()] == ["sent"]


@pytest.mark.postgresql
def test_worker_survives_the_loss_of_its_connections(caplog: pytest.LogCaptureFixture) -> None:
    finished = Finished()
    duties.register("finish", duties.PEOPLE, finished.run)
    with working():
        queue()
        assert finished.wait()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        queue()
        assert finished.wait()
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_worker_waits_for_a_database_that_is_away(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost or given up, and the log does not speak of a fault of the program."""
    finished = Finished()
    duties.register("finish", duties.PEOPLE, finished.run)
    queue()
    with trouble_noted() as trouble, ExitStack() as lanes:
        with database_away(monkeypatch):
            lanes.enter_context(working())
            for _ in range(2):
                assert trouble.acquire(timeout=DEADLINE_SECONDS), caplog.text
        assert finished.wait()
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert [message.state for message in Message.objects.all()] == ["sent"]


@contextmanager
def database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close PostgreSQL's doors to everybody, or hold SQLite's lock for longer than they wait."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.01)
        with closing(sqlite3.connect(name)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            yield
        return
    connection.close()
    server_url = os.environ["TEST_POSTGRESQL_URL"].replace("/trousseau?", "/postgres?")
    with closing(psycopg.connect(server_url, autocommit=True)) as server:
        allow = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        server.execute(allow.format(Identifier(name), SQL("false")))
        try:
            yield
        finally:
            server.execute(allow.format(Identifier(name), SQL("true")))


@contextmanager
def trouble_noted() -> Iterator[threading.Semaphore]:
    """Yield what can be acquired once for each line the loop logs."""
    noted = threading.Semaphore(0)

    class Note(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            noted.release()

    handler = Note()
    loop.log.addHandler(handler)
    try:
        yield noted
    finally:
        loop.log.removeHandler(handler)


@pytest.mark.parametrize(
    ("batch", "batches"), [(1, [1, 1, 0, 5, 0]), (4, [4, 4, 3, 5, 0])], ids=["one", "four"]
)
def test_duty_that_did_less_than_a_batch_rests(
    shared_database: str, batch: int, batches: list[int]
) -> None:
    """And one that did a whole batch goes on at once."""
    batches = list(batches)
    done: list[str] = []
    finished = threading.Event()

    def seldom() -> int:
        done.append("seldom")
        return batches.pop(0)

    def often() -> int:
        done.append("often")
        if done.count("often") == 10:
            finished.set()
        return int(not finished.is_set())

    duties.register("seldom", duties.BULK, seldom, rest=timedelta(hours=1), batch=batch)
    duties.register("often", duties.BULK, often)
    with working():
        assert finished.wait(DEADLINE_SECONDS)
    assert done.count("seldom") == 3
    assert loop.run_due() == 5
