import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction

from trousseau.mail import outbox
from trousseau.mail.models import Message
from trousseau.work import wakeups

DEADLINE_SECONDS = 30
# So long that only a wake-up can end it in time.
FOR_EVER = 100 * DEADLINE_SECONDS

pytestmark = pytest.mark.usefixtures("shared_database")


def commit_work() -> None:
    with transaction.atomic():
        outbox.queue("test", "somebody@example.org", "fr")


@contextmanager
def lane(work: Callable[[Callable[[], object]], object]) -> Iterator[None]:
    """Have a lane's thread call `work`; see it end after the block.

    It begins once `work` has called what it is given.
    """
    ready = threading.Event()

    def run() -> None:
        work(ready.set)
        connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_SECONDS)
    yield
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


def test_sleeper_wakes_at_a_commit() -> None:
    """LISTEN/NOTIFY on PostgreSQL, the commit counter on SQLite."""

    def sleep(ready: Callable[[], object]) -> None:
        sleeper = wakeups.sleeper()
        ready()
        sleeper.sleep(FOR_EVER)

    with lane(sleep):
        commit_work()


def test_sleeper_wakes_at_every_commit() -> None:
    woken = threading.Semaphore(0)

    def sleep_thrice(ready: Callable[[], object]) -> None:
        sleeper = wakeups.sleeper()
        ready()
        for _ in range(3):
            sleeper.sleep(FOR_EVER)
            woken.release()

    with lane(sleep_thrice):
        for _ in range(3):
            commit_work()
            assert woken.acquire(timeout=DEADLINE_SECONDS)


def test_sleeper_missed_nothing_while_it_worked() -> None:
    """What was committed between the last look and the sleep ends that sleep at once."""

    def work_then_sleep(ready: Callable[[], object]) -> None:
        sleeper = wakeups.sleeper()
        committing = threading.Thread(target=commit_and_close)
        committing.start()
        committing.join(DEADLINE_SECONDS)
        # The notification arrives with the answer to the lane's own query.
        assert Message.objects.count() == 1
        ready()
        sleeper.sleep(FOR_EVER)

    with lane(work_then_sleep):
        pass


def test_sleeper_lasts_its_time_when_nothing_happens() -> None:
    wakeups.sleeper().sleep(0.01)


@pytest.mark.postgresql
def test_sleeper_listens_anew_on_a_new_connection() -> None:
    """A connection that broke and was replaced within a duty has forgotten who listens."""

    def work_then_sleep(ready: Callable[[], object]) -> None:
        sleeper = wakeups.sleeper()
        connection.close()
        assert Message.objects.count() == 0
        sleeper.sleep(FOR_EVER)
        ready()
        sleeper.sleep(FOR_EVER)

    with lane(work_then_sleep):
        commit_work()


@pytest.mark.postgresql
def test_sleeper_says_when_its_connection_is_lost() -> None:
    """The lane knows Django's errors: a driver's own would pass for a fault of the program."""
    lost = threading.Event()

    def sleep(ready: Callable[[], object]) -> None:
        sleeper = wakeups.sleeper()
        ready()
        with pytest.raises(OperationalError):
            sleeper.sleep(FOR_EVER)
        lost.set()

    with lane(sleep):
        end_other_connections()
    assert lost.is_set()


def commit_and_close() -> None:
    commit_work()
    connection.close()


def end_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
