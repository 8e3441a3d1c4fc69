"""What mail promises to people, with the product's own letters and lanes."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests.conftest import Family, StoppedClock
from tests.factories import ORIGIN, make_account, make_organisation
from tests.sink import DEADLINE_SECONDS, Kept, Sink, Turn, answering
from trousseau.accounts.models import Credential
from trousseau.mail import composing, outbox
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.recovery.services import choosing
from trousseau.recovery.services.asking import request_recovery
from trousseau.work import loop

pytestmark = pytest.mark.django_db


def ask(organisation: Organisation | None, email: str) -> RecoveryRequest:
    reference = request_recovery(organisation, email, "fr", ORIGIN).reference
    return RecoveryRequest.objects.get(reference=reference)


def secrets_in(kept: Kept) -> list[str]:
    return re.findall(r"/pwd/([\w-]{32})/", kept.text)


def opens(organisation: Organisation, secret: str) -> bool:
    try:
        choosing.visit(organisation, secret)
    except choosing.LinkUnusableError:
        return False
    return True


def test_recipient_is_the_stored_address_not_the_typed_one(sink: Sink) -> None:
    """REC-19."""
    leia = make_organisation()
    make_account(leia, "mike", email="Mike.Rossi@Hebergeur.com", password="")
    ask(leia, "mike.rossi@HEBERGEUR.com")
    loop.run_due()
    assert sink.recipients == ["Mike.Rossi@hebergeur.com"]
    assert str(sink.kept[0].mail["To"]) == "Mike.Rossi@hebergeur.com"


@pytest.mark.parametrize("lookalike", ["mıke@hebergeur.com", "mİke@hebergeur.com"])
def test_recipient_lookalike_of_an_address_gets_nothing(sink: Sink, lookalike: str) -> None:
    """REC-19: nothing at all leaves for somebody else's mailbox."""
    leia = make_organisation()
    make_account(leia, "mike", email="mike@hebergeur.com", password="")
    ask(leia, lookalike)
    loop.run_due()
    assert sink.conversations == 0
    assert RecoveryRequest.objects.get().answer == RecoveryRequest.Answer.UNKNOWN


def test_names_of_an_organisation_add_no_header(sink: Sink) -> None:
    """VAL-07, from the organisation's name to the bytes that arrive."""
    name = 'LEIA\r\nBcc: a@b.org\n"\\ =?utf-8?b?DQpCY2M6IGFAYi5vcmc=?='
    leia = make_organisation(name=name)
    make_account(leia, "mike", email="mike@hebergeur.com", password="")
    ask(leia, "mike@hebergeur.com")
    loop.run_due()
    head = sink.kept[0].content.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"^([\w-]+):", head.replace(b"\r", b"\n"), re.MULTILINE)
    assert sorted(names) == [
        *(b"Auto-Submitted", b"Content-Language", b"Content-Type", b"Date", b"From"),
        *(b"MIME-Version", b"Message-ID", b"Subject", b"To", b"X-Auto-Response-Suppress"),
    ]


def test_letter_loads_nothing_from_anywhere(sink: Sink, family: Family, leia: Organisation) -> None:
    """MAIL-07: no remote image, style, font or tracker; a link is only followed by a person."""
    ask(leia, family.email)
    loop.run_due()
    page = sink.kept[0].mail.get_body(("html",))
    assert page is not None
    html = page.as_bytes(policy=page.policy.clone(cte_type="8bit")).decode()
    assert re.findall(r"<(?:img|link|script|iframe|object|embed|video)\b|url\(|@import", html) == []
    assert re.findall(r"\b(?:src|srcset|background|poster)=", html) == []


def test_secrets_are_written_nowhere_but_in_the_mail(
    sink: Sink, family: Family, leia: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    """LOG-02, REC-08: not in any table, not in the log, down to its SQL."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "django.db.backends")
    connection.force_debug_cursor = True
    try:
        sink.reactions["DATA"] = answering("451 4.7.1 greylisted")
        ask(leia, family.email)
        loop.run_due()
        del sink.reactions["DATA"]
        Message.objects.update(next_attempt_at=RecoveryRequest.objects.get().asked_at)
        loop.run_due()
    finally:
        connection.force_debug_cursor = False
    (kept,) = sink.kept
    secrets = secrets_in(kept)
    assert len(secrets) == 3
    assert all(opens(leia, secret) for secret in secrets)
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    rows = [repr(row) for model in apps.get_models() for row in model._base_manager.values()]  # noqa: SLF001
    assert any("INSERT INTO" in line for line in ours)
    assert any(family.mother.username in row for row in rows)
    written = "\n".join([*ours, *rows])
    assert [secret for secret in secrets if secret in written] == []
    assert "Choisi" not in "\n".join(rows)


def test_retry_kills_the_links_before_it(
    sink: Sink, family: Family, leia: Organisation, travel: StoppedClock
) -> None:
    """REC-09: two mails may arrive, but only the last one's links open anything."""

    async def accept_then_cut(turn: Turn) -> None:
        turn.cut()

    sink.reactions["DATA"] = accept_then_cut
    ask(leia, family.email)
    loop.run_due()
    del sink.reactions["DATA"]
    travel(seconds=20)
    loop.run_due()
    first, last = sink.kept
    assert [opens(leia, secret) for secret in secrets_in(first)] == [False] * 3
    assert [opens(leia, secret) for secret in secrets_in(last)] == [True] * 3


def test_two_requests_in_one_batch_leave_one_live_link_an_account(
    sink: Sink, family: Family, leia: Organisation
) -> None:
    """Asked at the school's door and at the platform's: the last mail's links are the live ones."""
    ask(leia, family.email)
    ask(None, family.email)
    loop.run_due()
    first, last = sink.kept
    assert [opens(leia, secret) for secret in secrets_in(first)] == [False] * 3
    assert [opens(leia, secret) for secret in secrets_in(last)] == [True] * 3
    assert Credential.objects.filter(superseded_at__isnull=True).count() == 3


@pytest.mark.usefixtures("shared_database")
def test_urgent_mail_never_waits_behind_bulk(sink: Sink) -> None:
    """Two hundred bulk mails are under way, and the first is not even through."""
    composing.register("test", lambda _message: Letter("Sujet", "texte", "<p>html</p>", "LEIA"))
    urgent = "mike@example.org"
    bulk_begun, urgent_kept = threading.Event(), threading.Event()

    async def hold_bulk(turn: Turn) -> None:
        if turn.recipient == urgent:
            urgent_kept.set()
            return
        bulk_begun.set()
        await asyncio.to_thread(urgent_kept.wait, DEADLINE_SECONDS)

    sink.reactions["DATA"] = hold_bulk
    with transaction.atomic():
        outbox.queue_all(
            [
                outbox.message("test", f"p{n}@example.org", "fr", priority=Message.Priority.BULK)
                for n in range(200)
            ]
        )
    worker = loop.Worker()
    worker.start()
    try:
        assert bulk_begun.wait(DEADLINE_SECONDS)
        with transaction.atomic():
            outbox.queue("test", urgent, "fr")
        assert urgent_kept.wait(DEADLINE_SECONDS)
        wait_until(lambda: not Message.objects.filter(next_attempt_at__isnull=False).exists())
    finally:
        worker.stop()
    assert sink.recipients[0] == urgent
    assert sorted(sink.recipients[1:]) == sorted(f"p{n}@example.org" for n in range(200))


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; fail past the deadline."""
    pause = threading.Event()
    for _ in range(DEADLINE_SECONDS * 20):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it did not happen within the deadline")
