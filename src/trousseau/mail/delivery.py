"""Deliver the outbox: compose, commit, speak to the mail server, record what it said.

The order is the guarantee. A secret's digest is committed before its mail leaves, so a link
that arrives always works; the row is marked at once after the server's answer, so a worker
killed at any moment costs at most one more mail and never a lost one.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

from django.conf import settings
from django.db import transaction

from trousseau import addresses, clock
from trousseau.mail import composing, mime
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.mail.smtp import Answer, Connection, Server, ServerUnreachableError
from trousseau.work import backoff, leases

log = logging.getLogger(__name__)
# Small batches: what is in hand when a worker dies waits for the lease to end.
BATCH = 20
LEASE = timedelta(seconds=120)
State = Message.State


@dataclass(frozen=True)
class _Ready:
    message: Message
    mail: EmailMessage
    recipient: str


def deliver_urgent() -> int:
    """Deliver one batch of the mail people wait for; return how many messages were handled."""
    return _deliver(Message.Priority.URGENT)


def deliver_bulk() -> int:
    """Deliver one batch of the mail nobody waits for; return how many messages were handled."""
    return _deliver(Message.Priority.BULK)


def _deliver(priority: Message.Priority) -> int:
    messages = leases.claim(Message.objects.filter(priority=priority), BATCH, LEASE)
    if messages:
        ready = [item for message in messages if (item := _prepare(message))]
        _send(ready)
    return len(messages)


def _prepare(message: Message) -> _Ready | None:
    if message.abandon_at <= clock.now():
        _settle(message, State.ABANDONED, None, "gave up after the last attempt")
        return None
    try:
        recipient = addresses.deliverable(message.recipient)
        with transaction.atomic():
            letter = composing.compose(message)
        if letter is None:
            _settle(message, State.NEEDLESS, None, "nothing left to say")
            return None
        mail = mime.build(
            letter,
            sender=letter.sender or settings.MAIL_FROM,
            recipient=recipient,
            language=message.language,
            identifier=message.identifier,
            date=message.created_at,
        )
    except (addresses.InvalidAddressError, mime.UnusableAddressError):
        _settle(message, State.REFUSED, None, "the address cannot be written to")
        return None
    except Exception:
        # One message that cannot be composed must not hold up the others.
        log.exception("mail %s (%s) could not be composed", message.identifier, message.kind)
        _defer(message, None, "could not be composed: see the log")
        return None
    return _Ready(message, mail, recipient)


def _send(ready: list[_Ready]) -> None:
    server = Server.from_url(settings.MAIL_URL, settings.MAIL_CA_FILE)
    with Connection(server, settings.MAIL_TIMEOUT) as connection:
        for position, item in enumerate(ready):
            if _running_late(item.message) and not leases.renew(item.message, LEASE):
                continue
            try:
                answer = connection.hand_over(item.mail, settings.MAIL_FROM, item.recipient)
            except ServerUnreachableError as error:
                log.warning("mail server %s:%s: %s", server.host, server.port, error)
                # The others would meet the same silence: do not wait for it again and again.
                for waiting in ready[position:]:
                    _defer(waiting.message, None, str(error))
                return
            _record(item.message, answer)


def _running_late(message: Message) -> bool:
    """Tell whether a slow server has eaten half the lease, so that it must be held anew."""
    return message.leased_until is None or message.leased_until - clock.now() < LEASE / 2


def _record(message: Message, answer: Answer) -> None:
    if answer.accepted:
        _settle(message, State.SENT, answer.code, answer.text)
    elif answer.permanent:
        log.warning("mail %s refused: %s %s", message.identifier, answer.code, answer.text)
        _settle(message, State.REFUSED, answer.code, answer.text)
    else:
        _defer(message, answer.code, answer.text)


def _settle(message: Message, state: State, code: int | None, text: str) -> None:
    with transaction.atomic():
        leases.finish(message, state=state)
        _note(message, state, code, text)


def _defer(message: Message, code: int | None, text: str) -> None:
    with transaction.atomic():
        leases.put_back(message, backoff.delay(message.attempts), state=State.DEFERRED)
        _note(message, State.DEFERRED, code, text)


def _note(message: Message, state: State, code: int | None, text: str) -> None:
    answer = " ".join(text.split())[:300]
    DeliveryEvent.objects.create(message=message, state=state, code=code, answer=answer)
