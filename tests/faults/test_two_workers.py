"""Worker processes side by side, and one that is told to leave."""

import asyncio
import threading
from pathlib import Path

from tests.factories import make_organisation
from tests.faults.people import ask_all_at_once, nothing_left, people
from tests.faults.processes import DEADLINE_SECONDS, Worker, wait_until
from tests.sink import Sink, Turn
from trousseau.mail.models import Message
from trousseau.recovery.models import RecoveryRequest


def test_two_workers_send_every_mail_once(shared_database: str, sink: Sink, tmp_path: Path) -> None:
    """The server lets nobody through before both workers stand at its door with mails."""
    organisation = make_organisation()
    emails = people(organisation, 50)
    both_there = asyncio.Event()

    async def count(turn: Turn) -> None:
        if turn.conversation == 2:
            both_there.set()

    async def wait_for_both(_turn: Turn) -> None:
        await asyncio.wait_for(both_there.wait(), DEADLINE_SECONDS)

    sink.reactions |= {"EHLO": count, "DATA": wait_for_both}
    with (
        Worker(shared_database, sink.url, tmp_path) as one,
        Worker(shared_database, sink.url, tmp_path) as other,
    ):
        for worker in (one, other):
            worker.wait_until_ready()
        ask_all_at_once(organisation, emails)
        wait_until(nothing_left, lambda: one.log() + other.log())
        for worker in (one, other):
            worker.stop()
    assert sorted(sink.recipients) == emails
    assert len({kept.conversation for kept in sink.kept}) >= 2
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert set(RecoveryRequest.objects.values_list("answer", "attempts")) == {("mailed", 1)}


def test_worker_asked_to_stop_finishes_what_is_in_hand(
    shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """Asked in the middle of the first mail, it still delivers the batch, and marks it."""
    organisation = make_organisation()
    emails = people(organisation, 5)
    with Worker(shared_database, sink.url, tmp_path) as worker:
        stopping = threading.Thread(target=worker.stop)

        async def stop(_turn: Turn) -> None:
            if stopping.ident is None:
                stopping.start()

        sink.reactions["DATA"] = stop
        ask_all_at_once(organisation, emails)
        wait_until(lambda: stopping.ident is not None, worker.log)
        stopping.join()
    assert sorted(sink.recipients) == emails
    assert set(Message.objects.values_list("state", "leased_until")) == {("sent", None)}
