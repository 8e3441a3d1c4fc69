"""Answer requests: find out what the mail must say, and put it into the outbox."""

import logging
from datetime import timedelta

from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account, ContactAddress
from trousseau.accounts.services import lookup
from trousseau.audit import trail
from trousseau.audit.origin import WORKER
from trousseau.audit.tags import Tag
from trousseau.mail import outbox
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.work import backoff, leases

log = logging.getLogger(__name__)
BATCH = 20
LINKS = "recovery/links"
NO_ACCOUNT = "recovery/no-account"
# One « no account here » a day: nobody can use us to pester a stranger.
NO_ACCOUNT_EVERY = timedelta(days=1)
Answer = RecoveryRequest.Answer


def answer_due() -> int:
    """Answer one batch of requests that are due; return how many were handled."""
    due = RecoveryRequest.objects.select_related("organisation")
    requests = leases.claim(due, BATCH)
    for request in requests:
        try:
            answer_request(request)
        except Exception:
            # One request that cannot be answered must not hold up the others.
            log.exception("recovery %s could not be answered", request.reference)
            leases.put_back(request, backoff.delay(request.attempts))
    return len(requests)


def answer_request(request: RecoveryRequest) -> None:
    """Decide the answer and record its mail, in one transaction with the request's end."""
    accounts = lookup.behind_address(request.organisation, request.address_key)
    with transaction.atomic():
        if accounts:
            answer = Answer.MAILED
            _queue(LINKS, request, _stored_address(request, accounts))
        elif _owes_a_word(request):
            answer = Answer.UNKNOWN_MAILED
            _queue(NO_ACCOUNT, request, request.typed_address)
        else:
            answer = Answer.UNKNOWN
        if not leases.finish(request, answer=answer, answered_at=clock.now()):
            # Another worker has taken the request since: its answer is the one that counts.
            transaction.set_rollback(True)
            return
        trail.record(
            Tag.RECOVERY_ANSWERED,
            WORKER,
            organisation=_slug(request.organisation),
            reference=request.reference,
            answer=str(answer),
            accounts=[account.public_id for account in accounts],
        )


def _stored_address(request: RecoveryRequest, accounts: list[Account]) -> str:
    """Return the mailbox as one of the accounts or guardians has it stored (REC-19)."""
    stored = ContactAddress.objects.filter(
        key=request.address_key,
        confirmed_at__isnull=False,
        account__organisation__in={account.organisation_id for account in accounts},
    )
    return stored.order_by("pk")[0].address


def _owes_a_word(request: RecoveryRequest) -> bool:
    organisation = request.organisation
    if organisation is None or not organisation.answers_unknown_addresses:
        return False
    return not RecoveryRequest.objects.filter(
        address_key=request.address_key,
        answer=Answer.UNKNOWN_MAILED,
        answered_at__gt=clock.now() - NO_ACCOUNT_EVERY,
    ).exists()


def _queue(kind: str, request: RecoveryRequest, recipient: str) -> Message:
    return outbox.queue(
        kind,
        recipient,
        request.language,
        about=request.pk,
        organisation=_slug(request.organisation),
    )


def _slug(organisation: Organisation | None) -> str:
    return organisation.slug if organisation else ""
