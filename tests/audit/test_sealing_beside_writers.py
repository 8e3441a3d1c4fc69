"""Sealing beside writers: nobody waits, nothing is missed, nothing comes twice (LOG-06)."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.trail_makers import faults, numbers, record
from tests.conftest import StoppedClock
from tests.faults.processes import wait_until
from trousseau import clock
from trousseau.audit import chain, exporting, sealing
from trousseau.audit.models import Event, Segment
from trousseau.audit.sealing import Gap

INSERT = """
    INSERT INTO audit_event (at, tag, outcome, organisation, actor, role, subject, agent,
        reference, request, facts, blanked)
    VALUES (now(), 'authn_login_fail', 'refused', 'leia', '', '', %s, '', '', '', '{}', '')
"""


def sealed() -> list[int]:
    """Return the numbers under seals, in the order of the chain."""
    segments = Segment.objects.order_by("number")
    return [leaf.event for one in segments for leaf in chain.unpacked(bytes(one.leaves))]


@contextmanager
def writer(url: str, subject: str) -> Iterator[psycopg.Connection]:
    """Open a transaction that has written an event and not committed it."""
    with psycopg.connect(url) as other:
        other.execute(INSERT, [subject])
        yield other


def neighbours_end() -> None:
    """Wait for what was running when gaps were seen: tests beside this one share the server."""
    horizon = max(Gap.read(kept).horizon for one in Segment.objects.all() for kept in one.open)

    def are_over() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return bool(cursor.fetchone()[0] >= horizon)

    wait_until(are_over, lambda: f"a transaction before {horizon} does not end")


@pytest.mark.postgresql
def test_late_commit_comes_under_a_later_seal(shared_database: str, travel: StoppedClock) -> None:
    """Numbers are given out before the commit: the lower one may come after the higher one."""
    record()
    with writer(shared_database, "slow") as slow:
        record(2)
        assert sealing.seal() == 3
        first, late, *_ = [*sealed()[:1], sealed()[0] + 1]
        assert late not in sealed()
        # However long it takes.
        travel(hours=5)
        assert sealing.seal() == 0
        assert faults() == []
        slow.commit()
    written = [json.loads(line) for line in exporting.lines(exporting.Choice())]
    assert [one["id"] for one in written if one["kind"] == "event"][-1] == late
    assert sealing.seal() == 1
    assert sealed()[-1] == late == first + 1
    assert faults() == []
    assert sorted(sealed()) == numbers()


@pytest.mark.postgresql
def test_number_given_back_is_waited_for_no_longer_than_its_transaction(
    shared_database: str, travel: StoppedClock
) -> None:
    record()
    with writer(shared_database, "given back") as other:
        record()
        assert sealing.seal() == 2
        other.rollback()
    missing = numbers()[0] + 1
    assert Segment.objects.get().open[-1][:2] == [missing, missing]
    neighbours_end()
    travel(minutes=2)
    record()
    assert sealing.seal() == 1
    assert Segment.objects.get(number=2).open == []
    assert faults() == []


@pytest.mark.postgresql
def test_event_inserted_where_a_number_was_given_back_stands_under_no_seal(
    shared_database: str, travel: StoppedClock
) -> None:
    record()
    with writer(shared_database, "given back") as other:
        record()
        sealing.seal()
        other.rollback()
    neighbours_end()
    travel(minutes=2)
    record()
    sealing.seal()
    first, last, _ = numbers()
    assert last == first + 2
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event SELECT %s, at, tag, outcome, organisation, actor, subject, "
            "address, agent, reference, facts, role, request, blanked FROM audit_event "
            "WHERE id = %s",
            [first + 1, first],
        )
    assert faults() == [f"event {first + 1} stands under no seal: inserted, or its seal is gone"]


@pytest.mark.postgresql
def test_writer_does_not_wait_for_the_sealer(shared_database: str) -> None:
    """Nor the sealer for a writer: either may stand still in mid-transaction."""
    record(3)
    with transaction.atomic():
        assert sealing.seal() == 3
        with psycopg.connect(shared_database) as other:
            other.execute("SET lock_timeout = '1ms'")
            other.execute(INSERT, ["beside"])
    assert sealing.seal() == 1
    assert faults() == []


@pytest.mark.postgresql
def test_second_sealer_leaves_it_to_the_first(shared_database: str) -> None:
    record(3)
    with transaction.atomic():
        assert sealing.seal() == 3
        assert in_thread(sealing.seal) == 0
    assert Segment.objects.count() == 1


def in_thread(do: Callable[[], int]) -> int:
    def run() -> int:
        try:
            return do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_many_writers_and_two_sealers(shared_database: str) -> None:
    """On both databases: after them every event stands under exactly one seal."""
    writers, each = 4, 40
    done = threading.Event()

    def write(name: int) -> None:
        for number in range(each):
            with transaction.atomic():
                record(subject=f"w{name}")
                # Some give their numbers back.
                transaction.set_rollback(number % 5 == 0)
        connections.close_all()

    def keep_sealing() -> None:
        while not done.is_set():
            sealing.seal()
        connections.close_all()

    with ThreadPoolExecutor(writers + 2) as pool:
        sealers = [pool.submit(keep_sealing) for _ in range(2)]
        for writing in [pool.submit(write, name) for name in range(writers)]:
            writing.result()
        done.set()
        for sealer in sealers:
            sealer.result()
    while sealing.seal():
        pass
    assert Event.objects.count() == writers * each * 4 // 5
    assert sorted(sealed()) == numbers()
    assert faults() == []


@given(st.sets(st.integers(1, 60)), st.integers(0, 10))
def test_gaps_are_exactly_the_numbers_not_seen(seen: set[int], reached: int) -> None:
    above = sorted(number for number in seen if number > reached)
    gaps = sealing._between(reached, above, 7, clock.now())  # noqa: SLF001 - the heart of it
    inside = {number for gap in gaps for number in range(gap.first, gap.last + 1)}
    assert inside == set(range(reached + 1, max(above, default=reached) + 1)) - set(above)


@given(st.integers(1, 20), st.integers(0, 20), st.sets(st.integers(1, 45)))
def test_what_turned_up_is_no_gap_any_more(first: int, length: int, found: set[int]) -> None:
    gap = Gap(first, first + length, 7, "2026-01-01T00:00:00+00:00")
    parts = sealing._without(gap, found)  # noqa: SLF001 - the heart of it
    inside = {number for part in parts for number in range(part.first, part.last + 1)}
    assert inside == set(range(first, first + length + 1)) - found
