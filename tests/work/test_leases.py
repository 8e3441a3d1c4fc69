import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.conftest import StoppedClock
from trousseau.mail import outbox
from trousseau.mail.models import Message
from trousseau.work import backoff, leases

SECOND = timedelta(seconds=1)
LEASE = leases.LEASE.total_seconds()
pytestmark = pytest.mark.django_db


def queue(count: int = 1) -> list[Message]:
    return [outbox.queue("test", f"p{number}@example.org", "fr") for number in range(count)]


def claim(limit: int = 10) -> list[Message]:
    return leases.claim(Message.objects.all(), limit)


def stored(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_claim_leases_each_row_once(travel: StoppedClock) -> None:
    queued = queue(3)
    claimed = claim()
    assert claimed == queued
    assert [(row.attempts, row.leased_until) for row in claimed] == [
        (1, travel.moment + leases.LEASE)
    ] * 3
    assert [(row.attempts, row.leased_until) for row in Message.objects.order_by("pk")] == [
        (1, travel.moment + leases.LEASE)
    ] * 3
    assert claim() == []


def test_claim_takes_the_longest_due_up_to_the_limit(travel: StoppedClock) -> None:
    (last,) = queue()
    Message.objects.update(next_attempt_at=travel.moment - SECOND)
    (first,) = queue()
    Message.objects.filter(pk=first.pk).update(next_attempt_at=travel.moment - 2 * SECOND)
    queue()
    assert claim(2) == [first, last]


def test_claim_takes_what_a_clock_set_back_since_has_put_off(travel: StoppedClock) -> None:
    """A clock ran a week ahead, while a row was queued and another worker died with a second."""
    due = travel.moment
    held, fresh = queue(2)
    travel(days=7)
    claim(1)
    Message.objects.filter(pk=fresh.pk).update(next_attempt_at=travel.moment)
    travel.moment = due
    assert claim() == [held, fresh]
    assert claim() == []


def test_claim_leaves_the_longest_pause_alone(travel: StoppedClock) -> None:
    queue()
    (row,) = claim()
    leases.put_back(row, backoff.LONGEST)
    assert claim() == []


def test_claim_leaves_what_is_not_due_or_done(travel: StoppedClock) -> None:
    due, later, done = queue(3)
    Message.objects.filter(pk=later.pk).update(next_attempt_at=travel.moment + SECOND)
    Message.objects.filter(pk=done.pk).update(next_attempt_at=None)
    assert claim() == [due]
    travel(seconds=1)
    assert claim() == [later]


def test_claim_keeps_to_the_rows_asked_for() -> None:
    _, other = queue(2)
    assert leases.claim(Message.objects.filter(recipient="p1@example.org"), 10) == [other]


def test_claim_takes_a_row_whose_lease_is_over(travel: StoppedClock) -> None:
    queue()
    (first,) = claim()
    travel(seconds=LEASE - 1)
    assert claim() == []
    travel(seconds=1)
    (second,) = claim()
    assert (second, second.attempts) == (first, 2)


def test_finish_ends_the_work_and_keeps_the_changes() -> None:
    queue()
    (row,) = claim()
    assert leases.finish(row, state=Message.State.SENT)
    for seen in (row, stored(row)):
        assert (seen.state, seen.next_attempt_at, seen.leased_until) == ("sent", None, None)
    assert claim() == []


def test_put_back_makes_the_row_due_after_the_delay(travel: StoppedClock) -> None:
    queue()
    (row,) = claim()
    assert leases.put_back(row, 5 * SECOND, state=Message.State.DEFERRED)
    assert (stored(row).state, stored(row).leased_until) == ("deferred", None)
    travel(seconds=4)
    assert claim() == []
    travel(seconds=1)
    (again,) = claim()
    assert again.attempts == 2


def test_renew_holds_the_row_for_another_lease(travel: StoppedClock) -> None:
    queue()
    (row,) = claim()
    travel(seconds=LEASE - 1)
    assert leases.renew(row)
    travel(seconds=LEASE - 1)
    assert claim() == []
    assert leases.finish(row)


def test_lease_that_ran_out_unnoticed_still_finishes(travel: StoppedClock) -> None:
    queue()
    (row,) = claim()
    travel(seconds=2 * LEASE)
    assert leases.finish(row, state=Message.State.SENT)
    assert stored(row).state == "sent"


def test_lost_lease_changes_nothing(travel: StoppedClock) -> None:
    queue()
    (slow,) = claim()
    travel(seconds=LEASE)
    (quick,) = claim()
    before = Message.objects.values().get()
    assert not leases.renew(slow)
    assert not leases.finish(slow, state=Message.State.REFUSED)
    assert not leases.put_back(slow, SECOND, state=Message.State.DEFERRED)
    assert Message.objects.values().get() == before
    assert leases.finish(quick, state=Message.State.SENT)


def test_lost_lease_of_a_finished_row_changes_nothing(travel: StoppedClock) -> None:
    queue()
    (slow,) = claim()
    travel(seconds=LEASE)
    (quick,) = claim()
    leases.finish(quick, state=Message.State.SENT)
    assert not leases.put_back(slow, SECOND, state=Message.State.DEFERRED)
    assert (stored(slow).state, stored(slow).next_attempt_at) == ("sent", None)


@pytest.mark.postgresql
@pytest.mark.usefixtures("shared_database")
def test_claim_does_not_wait_for_another_worker() -> None:
    """A second worker gets other rows while the first has not yet committed its claim."""
    queue(10)

    def claim_elsewhere() -> list[Message]:
        claimed = claim(5)
        connection.close()
        return claimed

    with ThreadPoolExecutor() as threads, transaction.atomic():
        here = claim(5)
        elsewhere = threads.submit(claim_elsewhere).result(timeout=30)
    assert len(here) == len(elsewhere) == 5
    assert {*here, *elsewhere} == {*Message.objects.all()}


CLAIMER = """
import sys, django
django.setup()
from trousseau.mail.models import Message
from trousseau.work import backoff, leases
print("ready", flush=True)
sys.stdin.readline()
while rows := leases.claim(Message.objects.all(), 3):
    print(*[row.pk for row in rows], flush=True)
"""


def test_claim_two_processes_never_share_a_row(shared_database: str) -> None:
    queued = queue(60)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "trousseau.settings",
        "TROUSSEAU_DATABASE_URL": shared_database,
    }
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for claimer in claimers:
        assert claimer.stdout is not None
        assert claimer.stdout.readline() == "ready\n"
    # Both are set before either is told to go.
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.write("go\n")
        claimer.stdin.flush()
    said = [claimer.communicate(timeout=60)[0] for claimer in claimers]
    assert [claimer.returncode for claimer in claimers] == [0, 0]
    claimed = Counter(int(word) for words in said for word in words.split())
    assert claimed == Counter({row.pk: 1 for row in queued})
