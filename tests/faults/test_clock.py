"""A clock that jumps, ahead and back, under real workers."""

import asyncio
from pathlib import Path

from tests.factories import make_organisation
from tests.faults.people import ask_all_at_once, live_links, nothing_left, people
from tests.faults.processes import DEADLINE_SECONDS, Clock, Worker, wait_until
from tests.sink import Sink, Turn, answering
from trousseau.mail.models import Message
from trousseau.recovery.models import RecoveryRequest


def test_clock_set_back_leaves_nothing_waiting_for_the_future(
    shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """Asked, tried and left behind by a killed worker while the clock ran three days ahead."""
    leia, clock = make_organisation(), Clock(tmp_path)
    emails = people(leia, 3)
    clock.jump(days=3)
    sink.reactions["RCPT"] = answering("451 4.7.1 greylisted")
    with Worker(shared_database, sink.url, tmp_path, **clock.variables) as worker:
        ask_all_at_once(leia, emails[:2])
        wait_until(lambda: Message.objects.filter(state="deferred").count() == 2, worker.log)
    rendering = "trousseau.mail.composing:render"
    with Worker(shared_database, sink.url, tmp_path, rendering, **clock.variables) as worker:
        ask_all_at_once(leia, emails[2:])
        worker.wait_for_death()
    assert Message.objects.filter(leased_until__isnull=False).exists()
    sink.reactions.clear()
    clock.jump(days=-3)
    with Worker(shared_database, sink.url, tmp_path, **clock.variables) as worker:
        wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True] for email in emails}


def test_clock_jumping_ahead_within_a_mail_costs_one_more(
    shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """The lease seems over: another worker sends the mail too, and only one of them marks it."""
    leia, clock = make_organisation(), Clock(tmp_path)
    (email,) = people(leia, 1)
    second_is_over = asyncio.Event()

    async def hold_the_first(turn: Turn) -> None:
        if turn.conversation == 1:
            clock_may_jump.append(True)
            await asyncio.wait_for(second_is_over.wait(), DEADLINE_SECONDS)

    async def release_the_first(turn: Turn) -> None:
        if turn.conversation == 2:
            second_is_over.set()

    clock_may_jump: list[bool] = []
    sink.reactions |= {"DATA": hold_the_first, "QUIT": release_the_first}
    with (
        Worker(shared_database, sink.url, tmp_path, **clock.variables) as one,
        Worker(shared_database, sink.url, tmp_path, **clock.variables) as other,
    ):
        for worker in (one, other):
            worker.wait_until_ready()
        ask_all_at_once(leia, [email])
        wait_until(lambda: bool(clock_may_jump), one.log)
        clock.jump(minutes=10)
        wait_until(lambda: len(sink.kept) == 2, other.log)
        wait_until(nothing_left, other.log)
        for worker in (one, other):
            worker.stop()
    # The mail that was held arrived last, with the link that the other worker's has replaced.
    assert live_links(leia, sink.kept) == {email: [True, False]}
    assert list(Message.objects.values_list("state", "attempts")) == [("sent", 2)]


def test_clock_jumping_past_patience_gives_every_mail_an_outcome(
    shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """Three days ahead, a mail that waits is given up, and says so; asking anew brings one."""
    leia, clock = make_organisation(), Clock(tmp_path)
    emails = people(leia, 2)
    sink.reactions["RCPT"] = answering("451 4.7.1 greylisted")
    with Worker(shared_database, sink.url, tmp_path, **clock.variables) as worker:
        ask_all_at_once(leia, emails)
        wait_until(lambda: Message.objects.filter(state="deferred").count() == 2, worker.log)
        clock.jump(days=3)
        wait_until(nothing_left, worker.log)
        assert set(Message.objects.values_list("state", flat=True)) == {"abandoned"}
        sink.reactions.clear()
        RecoveryRequest.objects.all().delete()
        ask_all_at_once(leia, emails)
        wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True] for email in emails}
