"""Answer requests: find out what the mail must say, and put it into the outbox."""

import logging
from datetime import timedelta

from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account, ContactAddress
from trousseau.accounts.services import lookup
from trousseau.accounts.services.lookup import Mailbox
from trousseau.audit import trail
from trousseau.audit.models import Event
from trousseau.audit.origin import WORKER
from trousseau.audit.tags import Tag
from trousseau.mail import outbox
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import NoAccountNotice, RecoveryRequest
from trousseau.work import backoff, leases

log = logging.getLogger(__name__)
BATCH = 100
LINKS = "recovery/links"
NO_ACCOUNT = "recovery/no-account"
# One « no account here » a day: nobody can use us to pester a stranger.
NO_ACCOUNT_EVERY = timedelta(days=1)
Answer = RecoveryRequest.Answer


class LeaseLostError(Exception):
    """Another worker has taken one of the requests since: its answer is the one that counts."""


def answer_due() -> int:
    """Answer one batch of requests that are due; return how many were handled."""
    requests = leases.claim(RecoveryRequest.objects.select_related("organisation"), BATCH)
    if requests:
        _answer(requests)
    return len(requests)


def mailbox(request: RecoveryRequest) -> Mailbox:
    """Return the mailbox that a request asks about."""
    return Mailbox(request.organisation_id, request.address_key)


def _answer(requests: list[RecoveryRequest]) -> None:
    try:
        with transaction.atomic():
            _answer_all(requests)
    except Exception as error:
        if len(requests) > 1:
            # One request that cannot be answered must not hold up the others.
            for request in requests:
                _answer([request])
            return
        if not isinstance(error, LeaseLostError):
            log.exception("recovery %s could not be answered", requests[0].reference)
            leases.put_back(requests[0], backoff.delay(requests[0].attempts))


def _answer_all(requests: list[RecoveryRequest]) -> None:
    """Decide the answers and record their mails, in one transaction with the requests' end."""
    behind = lookup.behind_mailboxes({mailbox(request) for request in requests})
    mailed: set[Mailbox] = set()
    stored = _stored_addresses(requests)
    messages: list[Message] = []
    answered: dict[Answer, list[RecoveryRequest]] = {}
    for request in requests:
        recipient = stored.get(mailbox(request).key, "") if behind[mailbox(request)] else ""
        if mailbox(request) in mailed:
            # Two asked at the same moment, before either could see the other.
            answer = Answer.REPEATED
        elif recipient:
            answer = Answer.MAILED
            mailed.add(mailbox(request))
            messages.append(_message(LINKS, request, recipient))
        elif _owes_a_word(request):
            answer = Answer.UNKNOWN_MAILED
            messages.append(_message(NO_ACCOUNT, request, request.typed_address))
        else:
            answer = Answer.UNKNOWN
        answered.setdefault(answer, []).append(request)
    for answer, rows in answered.items():
        if not leases.finish_all(rows, answer=answer, answered_at=clock.now()):
            raise LeaseLostError
    outbox.queue_all(messages)
    trail.record_all(
        _event(request, answer, behind[mailbox(request)])
        for answer, rows in answered.items()
        for request in rows
    )


def _stored_addresses(requests: list[RecoveryRequest]) -> dict[str, str]:
    """Return each mailbox as an account or a guardian has it stored, by its key (REC-19)."""
    keys = {request.address_key for request in requests}
    stored = ContactAddress.objects.filter(key__in=keys, confirmed_at__isnull=False)
    return dict(stored.order_by("-pk").values_list("key", "address"))


def _event(request: RecoveryRequest, answer: Answer, accounts: list[Account]) -> Event:
    return trail.event(
        Tag.RECOVERY_ANSWERED,
        WORKER,
        organisation=_slug(request.organisation),
        reference=request.reference,
        answer=str(answer),
        accounts=[account.public_id for account in accounts],
    )


def _owes_a_word(request: RecoveryRequest) -> bool:
    """Tell whether the unknown address gets a word, and note that it did.

    The unique row decides between two workers, or two requests of one batch.
    """
    organisation = request.organisation
    if organisation is None or not organisation.answers_unknown_addresses:
        return False
    now = clock.now()
    told = NoAccountNotice.objects.filter(address_key=request.address_key)
    if told.filter(told_at__lte=now - NO_ACCOUNT_EVERY).update(told_at=now):
        return True
    _, first = told.get_or_create(address_key=request.address_key, defaults={"told_at": now})
    return first


def _message(kind: str, request: RecoveryRequest, recipient: str) -> Message:
    return outbox.message(
        kind,
        recipient,
        request.language,
        about=request.pk,
        organisation=_slug(request.organisation),
    )


def _slug(organisation: Organisation | None) -> str:
    return organisation.slug if organisation else ""
