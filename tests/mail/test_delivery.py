import logging
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.sink import Reaction, Sink, Turn, answering, cut
from trousseau.mail import composing, delivery, outbox
from trousseau.mail.composing import Letter
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.mail.smtp import PATIENCE_SECONDS
from trousseau.work import leases

NOTHING_LISTENS = "smtp://127.0.0.1:9"
ADA, MIKE, ZOE = "ada@example.org", "mike@example.org", "zoe@example.org"
pytestmark = pytest.mark.django_db


def compose(message: Message) -> Letter | None:
    if message.about == "needless":
        return None
    if message.about == "broken":
        raise ZeroDivisionError
    return Letter("Sujet", f"{message.about}\n", "<p>html</p>\n", "LEIA")


@pytest.fixture(autouse=True)
def _composers() -> None:
    composing.register("test", compose)


def queue(recipient: str = ADA, about: str = "", kind: str = "test") -> Message:
    return outbox.queue(kind, recipient, "fr", about=about)


def story(message: Message) -> list[tuple[str, int | None, str]]:
    return [(event.state, event.code, event.answer) for event in message.events.all()]


def settled(message: Message, state: str) -> bool:
    message.refresh_from_db()
    return (message.state, message.next_attempt_at, message.leased_until) == (state, None, None)


def test_outbox_records_what_is_to_be_delivered(travel: StoppedClock) -> None:
    message = queue()
    assert story(message) == [("queued", None, "")]
    assert (message.state, message.next_attempt_at) == ("queued", travel.moment)
    assert message.abandon_at == travel.moment + timedelta(days=2)


def test_delivery_accepted_is_sent(sink: Sink) -> None:
    message = queue(about="Bonjour")
    assert delivery.deliver_urgent() == 1
    assert [(kept.recipient, kept.text) for kept in sink.kept] == [(ADA, "Bonjour\r\n")]
    assert settled(message, "sent")
    assert story(message) == [("queued", None, ""), ("sent", 250, "")]
    assert delivery.deliver_urgent() == 0


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_delivery_refused_for_good_is_not_tried_again(sink: Sink, step: str) -> None:
    sink.reactions[step] = answering("550-5.1.1 no such\r\n550 mailbox")
    message = queue()
    delivery.deliver_urgent()
    assert settled(message, "refused")
    assert story(message)[1:] == [("refused", 550, "5.1.1 no such mailbox")]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_delivery_refused_for_now_is_tried_again_ever_later(
    sink: Sink, step: str, travel: StoppedClock
) -> None:
    sink.reactions[step] = answering("451 4.7.1 greylisted")
    message = queue()
    for seconds in (20, 40, 80):
        assert delivery.deliver_urgent() == 1
        message.refresh_from_db()
        assert message.state == "deferred"
        assert message.next_attempt_at == travel.moment + timedelta(seconds=seconds)
        travel(seconds=seconds - 1)
        assert delivery.deliver_urgent() == 0
        travel(seconds=1)
    del sink.reactions[step]
    delivery.deliver_urgent()
    assert settled(message, "sent")
    assert story(message)[1:] == [("deferred", 451, "4.7.1 greylisted")] * 3 + [("sent", 250, "")]


def test_delivery_too_old_is_abandoned_and_never_sent(sink: Sink, travel: StoppedClock) -> None:
    message = queue()
    travel(days=2)
    delivery.deliver_urgent()
    assert settled(message, "abandoned")
    assert story(message)[1:] == [("abandoned", None, "gave up after the last attempt")]
    assert sink.conversations == 0


def test_delivery_nothing_to_say_is_needless(sink: Sink) -> None:
    message = queue(about="needless")
    delivery.deliver_urgent()
    assert settled(message, "needless")
    assert story(message)[1:] == [("needless", None, "nothing left to say")]
    assert sink.conversations == 0


@pytest.mark.parametrize(
    "recipient", ["", "ada", "a da@example.org", "ada@example.org\r\nRCPT TO:<zoe@example.org>"]
)
def test_delivery_address_that_cannot_be_written_to_is_refused(sink: Sink, recipient: str) -> None:
    """VAL-07: whatever way it came into the database."""
    message, other = queue(recipient), queue()
    delivery.deliver_urgent()
    assert settled(message, "refused")
    assert story(message)[1:] == [("refused", None, "the address cannot be written to")]
    assert settled(other, "sent")
    assert sink.recipients == [ADA]


def test_delivery_composer_that_fails_holds_nobody_up(
    sink: Sink, travel: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    first, broken, last = queue(), queue(MIKE, "broken"), queue(ZOE)
    unknown = queue(kind="nobody-composes-this")
    delivery.deliver_urgent()
    assert sink.recipients == [ADA, ZOE]
    assert settled(first, "sent")
    assert settled(last, "sent")
    for message in (broken, unknown):
        message.refresh_from_db()
        assert message.next_attempt_at == travel.moment + timedelta(seconds=20)
        assert story(message)[1:] == [("deferred", None, "could not be composed: see the log")]
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == [
        f"mail {message.identifier} ({message.kind}) could not be composed"
        for message in (broken, unknown)
    ]


def test_delivery_sender_put_right_meanwhile_loses_no_mail(
    sink: Sink, settings: Settings, travel: StoppedClock
) -> None:
    right = settings.MAIL_FROM
    settings.MAIL_FROM = "LEIA <no-reply"
    message = queue()
    delivery.deliver_urgent()
    assert story(message)[1:] == [("deferred", None, "could not be composed: see the log")]
    settings.MAIL_FROM = right
    travel(seconds=20)
    delivery.deliver_urgent()
    assert settled(message, "sent")
    assert sink.recipients == [ADA]


def test_delivery_server_down_and_back(
    sink: Sink, settings: Settings, travel: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """ERR-01: nothing is lost, nobody waits for one silence after another."""
    up, settings.MAIL_URL = settings.MAIL_URL, NOTHING_LISTENS
    messages = [queue(recipient) for recipient in (ADA, MIKE, ZOE)]
    delivery.deliver_urgent()
    reason = "ConnectionRefusedError: [Errno 111] Connection refused"
    for message in messages:
        assert story(message)[1:] == [("deferred", None, reason)]
    assert [record.getMessage() for record in caplog.records if record.name != "mail.log"] == [
        f"mail server 127.0.0.1:9: {reason}"
    ]
    settings.MAIL_URL = up
    assert delivery.deliver_urgent() == 0
    travel(seconds=20)
    assert delivery.deliver_urgent() == 3
    assert [settled(message, "sent") for message in messages] == [True] * 3
    assert sorted(sink.recipients) == [ADA, MIKE, ZOE]


async def choke_on_ada(turn: Turn) -> None:
    if turn.recipient == ADA:
        await cut(turn)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_delivery_mail_the_server_chokes_on_holds_nobody_up(sink: Sink, step: str) -> None:
    """The others go in a conversation of their own, in the same round."""
    sink.reactions[step] = choke_on_ada
    messages = [queue(recipient) for recipient in (MIKE, ADA, ZOE)]
    delivery.deliver_urgent()
    for message in messages:
        message.refresh_from_db()
    assert [message.state for message in messages] == ["sent", "deferred", "sent"]
    assert sink.recipients == ([MIKE, ZOE] if step == "RCPT" else [MIKE, ADA, ZOE])


def test_delivery_line_cut_twice_in_a_row_is_the_servers_doing(sink: Sink) -> None:
    """Two mails at most may have been taken without a word; the others are not risked."""
    sink.reactions["DATA"] = cut
    messages = [queue(recipient) for recipient in (ADA, MIKE, ZOE, ADA)]
    delivery.deliver_urgent()
    assert sink.recipients == [ADA, MIKE]
    assert sink.conversations == 2
    for message in messages:
        message.refresh_from_db()
    assert [message.state for message in messages] == ["deferred"] * 4
    due = Message.objects.order_by("next_attempt_at")
    # What met the cut comes last next time, but for the first one, which the server may spare.
    assert list(due) == [messages[0], messages[2], messages[3], messages[1]]


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
@pytest.mark.parametrize("leave", [answering("421 4.7.0 enough for now"), cut])
def test_delivery_server_that_takes_leave_after_some_mails_is_called_again(
    sink: Sink, step: str, leave: Reaction
) -> None:
    """All are sent in one round, each once: its limit is about none of them."""

    async def leave_after_two(turn: Turn) -> str | None:
        served = [kept for kept in sink.kept if kept.conversation == turn.conversation]
        return await leave(turn) if len(served) == 2 else None

    sink.reactions[step] = leave_after_two
    messages = [queue(f"p{number}@example.org") for number in range(7)]
    delivery.deliver_urgent()
    assert [settled(message, "sent") for message in messages] == [True] * 7
    assert [kept.conversation for kept in sink.kept] == [1, 1, 2, 2, 3, 3, 4]
    assert sink.recipients == [message.recipient for message in messages]


def test_delivery_answer_lost_after_the_mail_costs_one_more(
    sink: Sink, travel: StoppedClock
) -> None:
    """The server has it, we do not know: the second one bears the same Message-ID."""
    sink.reactions["DATA"] = cut
    message = queue()
    delivery.deliver_urgent()
    assert story(message)[1:] == [
        ("deferred", None, "SMTPServerDisconnected: Connection unexpectedly closed")
    ]
    del sink.reactions["DATA"]
    travel(seconds=20)
    delivery.deliver_urgent()
    assert settled(message, "sent")
    assert len(sink.kept) == 2
    assert {str(kept.mail["Message-ID"]) for kept in sink.kept} == {
        f"<{message.identifier}@127.0.0.1>"
    }


def test_delivery_goes_on_in_one_conversation_while_there_is_mail(sink: Sink) -> None:
    for _ in range(2 * delivery.BATCH + 1):
        queue()
    assert [delivery.deliver_urgent() for _ in range(2)] == [2 * delivery.BATCH + 1, 0]
    assert {kept.conversation for kept in sink.kept} == {1}


def test_delivery_looks_up_after_a_while(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is told to stop, or has requests to answer, is not held by much mail."""
    monkeypatch.setattr(delivery, "CONVERSATION_SECONDS", 0.0)
    for _ in range(delivery.BATCH + 1):
        queue()
    assert [delivery.deliver_urgent() for _ in range(3)] == [delivery.BATCH, 1, 0]
    assert [kept.conversation for kept in sink.kept] == [1] * delivery.BATCH + [2]


def test_delivery_priorities_are_kept_apart(sink: Sink) -> None:
    outbox.queue("test", ADA, "fr", priority=Message.Priority.BULK)
    queue(MIKE)
    delivery.deliver_urgent()
    assert sink.recipients == [MIKE]
    delivery.deliver_bulk()
    assert sink.recipients == [MIKE, ADA]


def test_delivery_slow_server_does_not_cost_the_lease(sink: Sink, travel: StoppedClock) -> None:
    """Half the lease gone, it is held anew before the next mail leaves."""

    async def take_long(_turn: Turn) -> None:
        travel(seconds=delivery.LEASE.total_seconds() / 2 + 1)

    sink.reactions["DATA"] = take_long
    messages = [queue() for _ in range(5)]
    delivery.deliver_urgent()
    assert [settled(message, "sent") for message in messages] == [True] * 5
    assert len(sink.kept) == 5


def test_delivery_mail_is_over_before_its_lease(sink: Sink) -> None:
    """Nobody else sends what is being sent: MAIL_TIMEOUT has a limit, and so has a whole mail."""
    assert timedelta(seconds=PATIENCE_SECONDS) < delivery.LEASE / 2
    variables = {"TROUSSEAU_MAIL_TIMEOUT": f"{PATIENCE_SECONDS + 1:.0f}"}
    refused = subprocess.run(
        [sys.executable, "-m", "trousseau", "check"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "TROUSSEAU_MAIL_TIMEOUT is '51': it must be a whole number from 1 to 50." in (
        refused.stderr
    )


@pytest.mark.usefixtures("shared_database")
def test_delivery_leaves_what_another_worker_has_taken(sink: Sink, travel: StoppedClock) -> None:
    """The server was so slow that the lease ran out: who has it now delivers it."""
    first, second = queue(ADA), queue(MIKE)

    async def take_too_long(_turn: Turn) -> None:
        travel(seconds=delivery.LEASE.total_seconds())
        Message.objects.filter(pk=second.pk).update(
            leased_until=travel.moment + leases.LEASE, attempts=2
        )
        connection.close()

    sink.reactions["DATA"] = take_too_long
    delivery.deliver_urgent()
    assert sink.recipients == [ADA]
    assert settled(first, "sent")
    second.refresh_from_db()
    assert (second.state, second.leased_until) == ("queued", travel.moment + leases.LEASE)
    assert story(second) == [("queued", None, "")]


def test_delivery_server_that_quotes_a_link_is_not_written_down(
    sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    """LOG-02: a filter's objection names the link, and the link is the secret."""
    caplog.set_level(logging.DEBUG)
    link = "HTTPS://ent.example:8000/pwd/s3cr3t/"
    sink.reactions["DATA"] = answering(f"554 5.7.1 <{link}> is listed, see http://dnsbl.example/1")
    message = queue(about=link)
    delivery.deliver_urgent()
    answer = "5.7.1 <HTTPS://ent.example:8000/… is listed, see http://dnsbl.example/…"
    assert story(message)[1:] == [("refused", 554, answer)]
    ours = [record for record in caplog.records if record.name != "mail.log"]
    assert [record.name for record in ours if "s3cr3t" in record.getMessage()] == []
    assert len(ours) > 0
    assert not DeliveryEvent.objects.filter(answer__contains="s3cr3t").exists()
