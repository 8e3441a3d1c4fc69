"""Mails are forgotten once nobody will ask (SEC-02, LAW-08)."""

import pytest

from tests.conftest import StoppedClock
from trousseau.mail import ageing, outbox
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.work.ageing import BATCH

pytestmark = pytest.mark.django_db


def test_old_message_goes_with_its_history(travel: StoppedClock) -> None:
    outbox.queue("test", "old@example.org", "fr")
    Message.objects.update(next_attempt_at=None)
    travel(days=29)
    outbox.queue("test", "new@example.org", "fr")
    Message.objects.update(next_attempt_at=None)
    assert ageing.purge() == 0
    travel(days=2)
    assert ageing.purge() == 1
    assert [message.recipient for message in Message.objects.all()] == ["new@example.org"]
    assert DeliveryEvent.objects.count() == 1


def test_message_that_still_waits_stays(travel: StoppedClock) -> None:
    outbox.queue("test", "old@example.org", "fr")
    travel(days=365)
    assert ageing.purge() == 0
    assert Message.objects.count() == 1


def test_backlog_goes_in_batches(travel: StoppedClock) -> None:
    """Small ones, so that nobody waits for a lock."""
    outbox.queue_all([outbox.message("test", "a@example.org", "fr") for _ in range(BATCH + 1)])
    Message.objects.update(next_attempt_at=None)
    travel(days=31)
    assert [ageing.purge() for _ in range(3)] == [BATCH, 1, 0]
