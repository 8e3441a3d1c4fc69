"""`kill -9` at every boundary from a request to its mail: nothing lost, one more mail at most."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.conftest import Family
from tests.factories import ANOTHER_PASSWORD, ORIGIN
from tests.faults.people import opens, secrets_in
from tests.faults.processes import Worker, wait_until
from tests.sink import Sink, Turn
from trousseau import clock
from trousseau.accounts.models import Credential
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.recovery.services import choosing
from trousseau.recovery.services.asking import request_recovery
from trousseau.work import loop

# Functions of the product at whose call the worker dies, as the boundaries come in time, with the
# numbers of messages and of links that are written by then.
AT_CALLS = {
    "request claimed": ("trousseau.accounts.services.lookup:behind_mailboxes", 0, 0),
    "answer written, not committed": ("trousseau.audit.trail:record_all", 0, 0),
    "mail claimed": ("trousseau.mail.composing:compose", 1, 0),
    "links written, not committed": ("trousseau.mail.composing:render", 1, 0),
    "links committed": ("trousseau.mail.mime:build", 1, 3),
}
# Steps of the conversation at which the mail server kills the worker, and the mails it then has.
AT_STEPS = {"EHLO": 0, "MAIL": 0, "RCPT": 0, "DATA": 1, "QUIT": 1}


def ask(organisation: Organisation, email: str) -> None:
    request_recovery(organisation, email, "fr", ORIGIN)


def let_leases_end() -> None:
    over = clock.now() - timedelta(seconds=1)
    for model in (RecoveryRequest, Message):
        model.objects.filter(leased_until__isnull=False).update(leased_until=over)


def assert_answered_once(sink: Sink, leia: Organisation, mails: int) -> None:
    """The request is answered, the mail is sent, and the last mail opens all three accounts."""
    answers = RecoveryRequest.objects.values_list("answer", "next_attempt_at")
    assert list(answers) == [(RecoveryRequest.Answer.MAILED, None)]
    states = Message.objects.values_list("state", "next_attempt_at", "leased_until")
    assert list(states) == [(Message.State.SENT, None, None)]
    assert len(sink.kept) == mails
    *earlier, last = [secrets_in(kept) for kept in sink.kept]
    assert [opens(leia, secret) for secret in last] == [True] * 3
    assert [opens(leia, secret) for secrets in earlier for secret in secrets] == [False] * 3 * (
        mails - 1
    )
    choosing.choose_password(leia, last[0], ANOTHER_PASSWORD, ORIGIN)


@pytest.mark.parametrize("boundary", AT_CALLS)
def test_killed_before_the_conversation_costs_no_mail(
    shared_database: str, sink: Sink, family: Family, tmp_path: Path, boundary: str
) -> None:
    function, messages, links = AT_CALLS[boundary]
    leia = family.mother.organisation
    ask(leia, family.email)
    with Worker(shared_database, sink.url, tmp_path, dying_at=function) as worker:
        worker.wait_for_death()
    assert (Message.objects.count(), Credential.objects.count()) == (messages, links)
    assert sink.conversations == 0
    let_leases_end()
    loop.run_due()
    assert_answered_once(sink, leia, mails=1)


@pytest.mark.parametrize("step", AT_STEPS)
def test_killed_within_the_conversation_costs_one_more_mail_at_most(
    shared_database: str, sink: Sink, family: Family, tmp_path: Path, step: str
) -> None:
    """The server takes what it has read whole, even when nobody waits for its answer any more."""
    leia = family.mother.organisation
    ask(leia, family.email)
    with Worker(shared_database, sink.url, tmp_path) as worker:

        async def kill(_turn: Turn) -> None:
            worker.kill()

        sink.reactions[step] = kill
        worker.wait_for_death()
    wait_until(lambda: len(sink.kept) == AT_STEPS[step])
    del sink.reactions[step]
    let_leases_end()
    loop.run_due()
    # At the leave-taking the row was marked: nothing is left to do.
    assert_answered_once(sink, leia, mails=1 if step == "QUIT" else AT_STEPS[step] + 1)


def test_killed_between_the_answer_and_the_mark_costs_one_more_mail(
    shared_database: str, sink: Sink, family: Family, tmp_path: Path
) -> None:
    """The mail server has said yes, and the database keeps the worker from noting it."""
    leia = family.mother.organisation
    ask(leia, family.email)
    with ExitStack() as lock, Worker(shared_database, sink.url, tmp_path) as worker:

        async def block_the_mark(_turn: Turn) -> None:
            lock.enter_context(messages_locked(shared_database))

        sink.reactions["DATA"] = block_the_mark
        wait_until(lambda: len(sink.kept) == 1, worker.log)
        worker.kill()
    del sink.reactions["DATA"]
    assert [message.state for message in Message.objects.all()] == ["queued"]
    let_leases_end()
    loop.run_due()
    assert_answered_once(sink, leia, mails=2)


@pytest.mark.parametrize(
    ("boundary", "mails"),
    [
        ("trousseau.mail.composing:compose", 1),
        ("trousseau.mail.mime:build", 1),
        ("trousseau.mail.delivery:_record", 2),
    ],
)
def test_killed_with_the_notice_of_a_new_password_in_hand(
    shared_database: str,
    sink: Sink,
    family: Family,
    tmp_path: Path,
    *,
    boundary: str,
    mails: int,
) -> None:
    """REC-16: the owner is told all the same, twice at most; the password stays."""
    mother = family.mother
    ask(mother.organisation, family.email)
    loop.run_due()
    secret = secrets_in(sink.kept[0])[0]
    sink.kept.clear()
    account = choosing.choose_password(mother.organisation, secret, ANOTHER_PASSWORD, ORIGIN)
    with Worker(shared_database, sink.url, tmp_path, dying_at=boundary) as worker:
        worker.wait_for_death()
    let_leases_end()
    loop.run_due()
    assert sink.recipients == [family.email] * mails
    assert len({kept.mail["Message-ID"] for kept in sink.kept}) == 1
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.SENT}
    account.refresh_from_db()
    assert account.check_password(ANOTHER_PASSWORD)
    assert not opens(mother.organisation, secret)


@contextmanager
def messages_locked(url: str) -> Iterator[None]:
    """Let nobody change a message; who waits to do so is turned away at the end.

    PostgreSQL would otherwise still carry out what a client asked for that is long dead.
    """
    if connection.vendor == "postgresql":
        with psycopg.connect(url) as holder:
            holder.execute("SELECT id FROM mail_message FOR UPDATE")
            yield
            holder.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        return
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
