"""Deliver the outbox: compose, commit, speak to the mail server, record what it said.

The order is the guarantee. A secret's digest is committed before its mail leaves, so a link
that arrives always works; the row is marked at once after the server's answer, so a worker
killed at any moment costs at most one more mail and never a lost one.
"""

import logging
import re
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage

from django.conf import settings
from django.db import transaction

from trousseau import addresses, clock
from trousseau.mail import composing, mime
from trousseau.mail.composing import Letter
from trousseau.mail.models import DeliveryEvent, Message
from trousseau.mail.smtp import (
    TAKES_LEAVE,
    Answer,
    Connection,
    LineCutError,
    Server,
    ServerUnreachableError,
)
from trousseau.work import backoff, leases
from trousseau.work.durability import commit_may_lag, insist

log = logging.getLogger(__name__)
# Small batches: what is in hand when a worker dies waits for the lease to end.
BATCH = 20
# Half of it is always left when a mail begins, which is longer than a mail may take
# (smtp.PATIENCE_SECONDS): nobody else sends what is being sent.
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
        ledger = _Ledger()
        try:
            _send(_prepared(messages, ledger), ledger)
        finally:
            ledger.write()
    return len(messages)


class _Ledger:
    """Marks each message the moment its fate is known, and writes the history of all at the end.

    A worker killed in between leaves every state true; the history lacks its last lines. A
    database server that crashes in the second after a mark may cost one more mail each.
    """

    def __init__(self) -> None:
        self._steps: list[DeliveryEvent] = []

    def settle(self, message: Message, state: State, code: int | None, text: str) -> None:
        def mark() -> None:
            with transaction.atomic():
                commit_may_lag()
                # A copy, because a commit that fails does not undo what is noted in memory.
                leases.finish(copy(message), state=state)

        # The mail has left: a database that restarts at this moment must not cost another one.
        insist(mark)
        self._note(message, state, code, text)

    def defer(self, message: Message, code: int | None, text: str) -> None:
        leases.put_back(message, backoff.delay(message.attempts), state=State.DEFERRED)
        self._note(message, State.DEFERRED, code, text)

    def write(self) -> None:
        DeliveryEvent.objects.bulk_create(self._steps)

    def _note(self, message: Message, state: State, code: int | None, text: str) -> None:
        answer = " ".join(text.split())[:300]
        self._steps.append(DeliveryEvent(message=message, state=state, code=code, answer=answer))


def _prepared(messages: list[Message], ledger: _Ledger) -> list[_Ready]:
    """Compose what can be delivered, and settle what cannot."""
    now = clock.now()
    kinds: dict[str, list[Message]] = {}
    for message in messages:
        if message.abandon_at <= now:
            ledger.settle(message, State.ABANDONED, None, "gave up after the last attempt")
        else:
            kinds.setdefault(message.kind, []).append(message)
    return [ready for group in kinds.values() for ready in _composed(group, ledger)]


def _composed(group: list[Message], ledger: _Ledger) -> list[_Ready]:
    try:
        letters = composing.compose(group)
    except Exception:
        if len(group) > 1:
            # One message that cannot be composed must not hold up the others.
            return [ready for message in group for ready in _composed([message], ledger)]
        log.exception("mail %s (%s) could not be composed", group[0].identifier, group[0].kind)
        ledger.defer(group[0], None, "could not be composed: see the log")
        return []
    built = [_built(message, letters[message.pk], ledger) for message in group]
    return [ready for ready in built if ready]


def _built(message: Message, letter: Letter | None, ledger: _Ledger) -> _Ready | None:
    if letter is None:
        ledger.settle(message, State.NEEDLESS, None, "nothing left to say")
        return None
    try:
        recipient = addresses.deliverable(message.recipient)
        mail = mime.build(
            letter,
            sender=letter.sender or settings.MAIL_FROM,
            recipient=recipient,
            language=message.language,
            identifier=message.identifier,
            date=message.created_at,
        )
    except addresses.InvalidAddressError:
        ledger.settle(message, State.REFUSED, None, "the address cannot be written to")
        return None
    except Exception:
        # Whatever it is, it is our own fault, and may be put right before patience ends.
        log.exception("mail %s (%s) could not be built", message.identifier, message.kind)
        ledger.defer(message, None, "could not be composed: see the log")
        return None
    return _Ready(message, mail, recipient)


def _send(ready: list[_Ready], ledger: _Ledger) -> None:
    server = Server.from_url(settings.MAIL_URL, settings.MAIL_CA_FILE)
    cut_before = False
    with Connection(server, settings.MAIL_TIMEOUT) as connection:
        for position, item in enumerate(ready):
            try:
                answer = _handed_over(connection, item)
            except ServerUnreachableError as error:
                log.warning("mail server %s:%s: %s", server.host, server.port, error)
                # One cut may be about this very mail. After a second one, or without any
                # conversation, the others would only meet the same: do not wait for it again and
                # again. What met it comes last next time.
                if cut_before or not isinstance(error, LineCutError):
                    for waiting in [*ready[position + 1 :], item]:
                        ledger.defer(waiting.message, None, str(error))
                    return
                cut_before = True
                ledger.defer(item.message, None, str(error))
                continue
            cut_before = False
            if answer:
                _record(item.message, answer, ledger)


def _handed_over(connection: Connection, item: _Ready) -> Answer | None:
    """Return what the server says; None if the message is another worker's by now.

    Servers take leave after so many mails, with or without a word. That is about none of them:
    the mail goes in a new conversation at once, unless the server may have taken it.
    """
    seasoned = connection.is_seasoned
    try:
        answer = _attempted(connection, item)
    except LineCutError as error:
        if error.perhaps_taken or not seasoned:
            raise
        return _attempted(connection, item)
    if seasoned and answer and answer.code == TAKES_LEAVE:
        return _attempted(connection, item)
    return answer


def _attempted(connection: Connection, item: _Ready) -> Answer | None:
    # First, because it has no limit but each step's; then the lease outlasts the mail.
    connection.greet()
    if _running_late(item.message) and not leases.renew(item.message, LEASE):
        return None
    return connection.hand_over(item.mail, settings.MAIL_FROM, item.recipient)


def _running_late(message: Message) -> bool:
    """Tell whether a slow server has eaten half the lease, so that it must be held anew."""
    return message.leased_until is None or message.leased_until - clock.now() < LEASE / 2


def _record(message: Message, answer: Answer, ledger: _Ledger) -> None:
    answer = replace(answer, text=_without_paths(answer.text))
    if answer.accepted:
        ledger.settle(message, State.SENT, answer.code, answer.text)
    elif answer.permanent:
        log.warning("mail %s refused: %s %s", message.identifier, answer.code, answer.text)
        ledger.settle(message, State.REFUSED, answer.code, answer.text)
    else:
        ledger.defer(message, answer.code, answer.text)


def _without_paths(text: str) -> str:
    """Cut links down to their host: a filter that objects to one quotes it, secret and all."""
    return re.sub(r"(https?://[^/\s]+/)[^\s]*", r"\1…", text, flags=re.IGNORECASE)
