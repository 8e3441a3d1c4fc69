"""What recovery's mails say. Secrets are minted here, while the mail is being built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.urls import reverse

from trousseau.accounts.letters import letterhead
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, lookup
from trousseau.accounts.services.credentials import Issued
from trousseau.audit.origin import WORKER
from trousseau.mail import composing
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message
from trousseau.organisations.links import absolute
from trousseau.recovery.models import RecoveryLink, RecoveryRequest
from trousseau.recovery.services import answering


@dataclass(frozen=True)
class Way:
    """One account in the mail, with its link or the reason why it has none (REC-20, REC-21)."""

    account: Account
    kind: str
    link: str = ""
    expires_at: datetime | None = None

    @property
    def places(self) -> str:
        """The account's schools, or the organisation where it has none."""
        schools = ", ".join(str(school) for school in self.account.schools.all())
        return schools or self.account.organisation.name


def register() -> None:
    """Name the composers of this room's messages."""
    composing.register_batch(answering.LINKS, _links)
    composing.register(answering.NO_ACCOUNT, _no_account)


def _links(messages: Sequence[Message]) -> dict[int, Callable[[], Letter | None]]:
    keys = [int(message.about) for message in messages]
    requests = RecoveryRequest.objects.select_related("organisation").in_bulk(keys)
    behind = lookup.behind_mailboxes({answering.mailbox(one) for one in requests.values()})
    accounts = {key: behind[answering.mailbox(one)] for key, one in requests.items()}
    issued = _issue(requests, accounts)
    return {
        message.pk: partial(
            _links_letter, message, requests.get(key), accounts.get(key, []), issued
        )
        for message, key in zip(messages, keys, strict=True)
    }


def _issue(
    requests: Mapping[int, RecoveryRequest], accounts: Mapping[int, list[Account]]
) -> dict[tuple[int, int], Issued]:
    """Mint a link for every account that may have one, by request and account."""
    wanted = [
        (requests[key], account)
        for key, found in accounts.items()
        for account in found
        if _obstacle(account) is None
    ]
    grants = [
        credentials.Grant(
            account, timedelta(hours=account.organisation.link_hours), request.reference
        )
        for request, account in wanted
    ]
    issued = credentials.issue_all(Credential.Kind.RECOVERY, grants)
    pairs = list(zip(wanted, issued, strict=True))
    RecoveryLink.objects.bulk_create(
        RecoveryLink(request=request, credential=one.credential) for (request, _), one in pairs
    )
    references = {one.credential.pk: request.reference for (request, _), one in pairs}
    credentials.record_issued([one.credential for one in issued], WORKER, references)
    return {(request.pk, account.pk): one for (request, account), one in pairs}


def _links_letter(
    message: Message,
    request: RecoveryRequest | None,
    accounts: list[Account],
    issued: Mapping[tuple[int, int], Issued],
) -> Letter | None:
    if request is None or not accounts:
        return None
    ways = [_way(account, issued.get((request.pk, account.pk))) for account in accounts]
    expiries = [way.expires_at for way in ways if way.expires_at]
    return _letter(
        message,
        request,
        ways=ways,
        links=len(expiries),
        expires_at=min(expiries, default=None),
        several_organisations=len({account.organisation_id for account in accounts}) > 1,
    )


def _way(account: Account, issued: Issued | None) -> Way:
    if issued is None:
        return Way(account, _obstacle(account) or "")
    organisation = account.organisation
    path = reverse("recovery:link", args=[organisation, issued.secret])
    return Way(account, "link", absolute(organisation, path), issued.credential.expires_at)


def _obstacle(account: Account) -> str | None:
    """Return why an account gets no link, as the mail's words are named."""
    if account.state == Account.State.SUSPENDED:
        return "suspended"
    if account.state == Account.State.INACTIVE:
        return "inactive"
    return None if account.signs_in_here else "elsewhere"


def _no_account(message: Message) -> Letter | None:
    request = _request(message)
    return _letter(message, request, address=request.typed_address) if request else None


def _request(message: Message) -> RecoveryRequest | None:
    return RecoveryRequest.objects.select_related("organisation").filter(pk=message.about).first()


def _letter(message: Message, request: RecoveryRequest, **context: Any) -> Letter:
    head = letterhead(request.organisation)
    return composing.render(message.kind, {**head, "reference": request.reference, **context})
