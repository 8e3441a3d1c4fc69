"""A mail server that is down, slow, unwilling or unreliable, and a real worker that meets it."""

import asyncio
from pathlib import Path

import pytest

from tests.factories import make_organisation
from tests.faults.people import ask_all_at_once, live_links, nothing_left, people
from tests.faults.processes import Clock, Worker, wait_until
from tests.sink import Reaction, Sink, Turn, answering, cut, never
from trousseau.mail.models import Message


async def slowly(_turn: Turn) -> None:
    await asyncio.sleep(0.1)


# At which steps the server does what, and how many mails it had taken all the same when the worker
# gave up: those come twice.
TROUBLES: dict[str, tuple[dict[str, Reaction], int]] = {
    "unwelcome": (dict.fromkeys(("EHLO", "HELO"), answering("421 4.3.2 not now")), 0),
    "sender refused": ({"MAIL": answering("553 5.7.1 sender not allowed")}, 0),
    "greylisting": ({"RCPT": answering("451 4.7.1 greylisted")}, 0),
    "full": ({"DATA": answering("452 4.3.1 no space")}, 0),
    "silent": ({"RCPT": never}, 0),
    "cut before DATA": ({"RCPT": cut}, 0),
    "cut after DATA": ({"DATA": cut}, 2),
}


def deferred() -> bool:
    """Tell whether every mail has been tried, in vain, and is let go of."""
    rows = list(Message.objects.exclude(state="sent").values_list("state", "leased_until"))
    return len(rows) == 4 and set(rows) == {("deferred", None)}


def test_mail_server_in_trouble_delays_mail_and_loses_none(
    shared_database: str, sink: Sink, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """ERR-01: after the next attempt everybody has a mail whose link works."""
    leia, clock = make_organisation(), Clock(tmp_path)
    variables = clock.variables | {"TROUSSEAU_MAIL_TIMEOUT": "2"}
    with Worker(shared_database, sink.url, tmp_path, **variables) as worker:
        for number, (trouble, (reactions, twice)) in enumerate(TROUBLES.items()):
            with subtests.test(trouble):
                sink.kept.clear()
                sink.reactions |= reactions
                emails = people(leia, 4, prefix=f"t{number}-")
                ask_all_at_once(leia, emails)
                wait_until(deferred, worker.log)
                sink.reactions.clear()
                clock.jump(seconds=21)
                wait_until(nothing_left, worker.log)
                links = live_links(leia, sink.kept)
                assert sorted(links) == emails
                assert (
                    sorted(links.values(), key=len)
                    == [[True]] * (4 - twice) + [[False, True]] * twice
                )
                Message.objects.all().delete()


def test_mail_server_that_is_slow_gets_every_mail_once(
    shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """Slower at the end than a step may take: it is scanning, and is waited for."""
    sink.reactions |= dict.fromkeys(("EHLO", "MAIL", "RCPT"), slowly)

    async def scan(turn: Turn) -> None:
        if len(sink.kept) == 1:
            await asyncio.sleep(2.5)

    sink.reactions["DATA"] = scan
    leia = make_organisation()
    emails = people(leia, 3)
    with Worker(shared_database, sink.url, tmp_path, TROUSSEAU_MAIL_TIMEOUT="2") as worker:
        ask_all_at_once(leia, emails)
        wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True] for email in emails}
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_mail_server_down_and_back(shared_database: str, tmp_path: Path) -> None:
    """ERR-01: the operator reads it once a round, not once a mail."""
    sink, leia, clock = Sink(), make_organisation(), Clock(tmp_path)
    with sink.listening():
        port = sink.port
    emails = people(leia, 4)
    with Worker(shared_database, sink.url, tmp_path, **clock.variables) as worker:
        ask_all_at_once(leia, emails)
        wait_until(deferred, worker.log)
        assert worker.log().count("Connection refused") == 1
        with sink.listening(port):
            clock.jump(seconds=21)
            wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True] for email in emails}
