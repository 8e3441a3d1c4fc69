"""What recovery's mails say. Secrets are minted here, while the mail is being built."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from trousseau.accounts.letters import letterhead
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, lookup
from trousseau.audit import trail
from trousseau.audit.origin import WORKER
from trousseau.audit.tags import Tag
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
    composing.register(answering.LINKS, _links)
    composing.register(answering.NO_ACCOUNT, _no_account)


def _links(message: Message) -> Letter | None:
    request = _request(message)
    accounts = lookup.behind_address(request.organisation, request.address_key) if request else []
    if request is None or not accounts:
        return None
    credentials.take_turns(accounts)
    ways = [_way(account, request) for account in accounts]
    expiries = [way.expires_at for way in ways if way.expires_at]
    return _letter(
        message,
        request,
        ways=ways,
        links=len(expiries),
        expires_at=min(expiries, default=None),
        several_organisations=len({account.organisation_id for account in accounts}) > 1,
    )


def _no_account(message: Message) -> Letter | None:
    request = _request(message)
    return _letter(message, request, address=request.typed_address) if request else None


def _way(account: Account, request: RecoveryRequest) -> Way:
    if account.state == Account.State.SUSPENDED:
        return Way(account, "suspended")
    if account.state == Account.State.INACTIVE:
        return Way(account, "inactive")
    if not account.local_sign_in:
        return Way(account, "elsewhere")
    organisation = account.organisation
    issued = credentials.issue(
        Credential.Kind.RECOVERY,
        account,
        timedelta(hours=organisation.link_hours),
        issuer=request.reference,
    )
    RecoveryLink.objects.create(request=request, credential=issued.credential)
    trail.record(
        Tag.CREDENTIAL_ISSUED,
        WORKER,
        organisation=organisation.slug,
        subject=account.public_id,
        reference=request.reference,
        credential=issued.credential.public_id,
    )
    path = reverse("recovery:link", args=[organisation, issued.secret])
    return Way(account, "link", absolute(organisation, path), issued.credential.expires_at)


def _request(message: Message) -> RecoveryRequest | None:
    return RecoveryRequest.objects.select_related("organisation").filter(pk=message.about).first()


def _letter(message: Message, request: RecoveryRequest, **context: Any) -> Letter:
    head = letterhead(request.organisation)
    return composing.render(message.kind, {**head, "reference": request.reference, **context})
