"""Issue, open, use and supersede one-time credentials.

```mermaid
stateDiagram-v2
  [*] --> live: issue
  live --> live: open (any number of times)
  live --> used: use (one of any number of attempts)
  live --> superseded: a newer one, or password or address changed
  live --> expired: its time is over
```
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from trousseau import clock, tokens
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import lookup
from trousseau.audit import refusals, trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.work import ageing

# A dead link says for so long why it is dead.
KEPT = timedelta(days=30)
Kind = Credential.Kind
State = Credential.State


class Issued(NamedTuple):
    """A credential and the secret that its holder gets, which is written down nowhere."""

    credential: Credential
    secret: str


class Grant(NamedTuple):
    """Whom a credential is for, how long it lives, and on whose word it is issued."""

    account: Account
    lifetime: timedelta
    issuer: str = ""


def issue(
    kind: Kind, account: Account, lifetime: timedelta, *, about: str = "", issuer: str = ""
) -> Issued:
    """Issue a credential; every live one of the same kind and subject is superseded (REC-09)."""
    return issue_all(kind, [Grant(account, lifetime, issuer)], about=about)[0]


def issue_all(kind: Kind, grants: Sequence[Grant], *, about: str = "") -> list[Issued]:
    """Issue credentials in a handful of queries, in the order of the grants.

    For each account only the last one is live: it supersedes those before it, in this call too.
    """
    now = clock.now()
    minted = [tokens.mint() for _ in grants]
    with transaction.atomic():
        take_turns(grant.account for grant in grants)
        issued = Credential.objects.bulk_create(
            Credential(
                kind=kind,
                account=grant.account,
                digest=mint.digest,
                about=about,
                issuer=grant.issuer,
                created_at=now,
                expires_at=now + grant.lifetime,
            )
            for grant, mint in zip(grants, minted, strict=True)
        )
        newest = {credential.account_id: credential.pk for credential in issued}
        successor = Credential.objects.filter(
            account=OuterRef("account"), pk__in=newest.values()
        ).values("pk")
        _live(newest).filter(kind=kind, about=about).exclude(pk__in=newest.values()).update(
            superseded_at=now, superseded_by=Subquery(successor)
        )
    return [
        Issued(credential, mint.secret) for credential, mint in zip(issued, minted, strict=True)
    ]


def take_turns(accounts: Iterable[Account]) -> None:
    """Have all who change the same accounts do so one after the other, in their transaction.

    Otherwise two workers would each leave a live link of their own, and two confirmations a
    main address each. Always locked in the same order, and before the accounts' credentials,
    so that nobody waits for somebody who waits for them.
    """
    keys = [account.pk for account in accounts]
    list(Account.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def find(kind: Kind, secret: str) -> Credential | None:
    """Return the credential of this kind that has this secret, whatever its state."""
    return (
        Credential.objects.select_related("account__organisation")
        .filter(kind=kind, digest=tokens.digest(secret))
        .first()
    )


def find_shown(
    organisation: Organisation, kind: Kind, secret: str, origin: Origin | None = None
) -> Credential | None:
    """Return the organisation's credential that has this secret; another's is none (TOK-02).

    Where somebody at `origin` has shown one that never was, the trail says so.
    """
    credential = find(kind, secret)
    if credential and credential.account.organisation_id == organisation.pk:
        return credential
    if origin and secret:
        refusals.note(
            Tag.CREDENTIAL_REFUSED,
            origin,
            organisation=organisation.slug,
            kind=str(kind),
            why="unknown",
        )
    return None


def find_live(
    organisation: Organisation, kind: Kind, secret: str, origin: Origin | None = None
) -> Credential | None:
    """Return the credential that this secret opens in the organisation now.

    Where somebody at `origin` has shown one that is dead, or that never was, the trail says so.
    """
    credential = find_shown(organisation, kind, secret, origin)
    if credential is None:
        return None
    state = credential.state_at(clock.now())
    if state == State.LIVE:
        return credential
    if origin:
        record_refused(credential, origin, state)
    return None


def open_(credential: Credential) -> None:
    """Remember that the holder came by for the first time; nothing is used up (REC-12)."""
    if credential.opened_at is None:
        Credential.objects.filter(pk=credential.pk, opened_at__isnull=True).update(
            opened_at=clock.now()
        )


def use(credential: Credential) -> bool:
    """Use the credential up; of any number of parallel attempts exactly one is told yes.

    One guarded UPDATE decides, in the caller's transaction (REC-07): call it first, and undo
    everything when it says no.
    """
    now = clock.now()
    return bool(
        Credential.objects.filter(
            pk=credential.pk, used_at__isnull=True, superseded_at__isnull=True, expires_at__gt=now
        ).update(used_at=now)
    )


def supersede(account: Account, *kinds: Kind, origin: Origin) -> int:
    """Kill the account's live credentials of these kinds: what they stood on has changed."""
    killed = _live([account.pk]).filter(kind__in=kinds).update(superseded_at=clock.now())
    _record_revoked(account, killed, origin)
    return killed


def supersede_behind(account: Account, origin: Origin) -> int:
    """Kill every recovery link mailed to a mailbox that is no longer the account's (REC-09).

    Such a mail has a link for each child of a guardian: those die with the guardian's own.
    """
    behind = [one.pk for one in lookup.accounts_behind(account)]
    killed = _live(behind).filter(kind=Kind.RECOVERY).update(superseded_at=clock.now())
    _record_revoked(account, killed, origin)
    return killed


def record_issued(
    issued: Iterable[Credential], origin: Origin, references: Mapping[int, str] | None = None
) -> None:
    """Note that credentials were issued; `references` are those of requests, by primary key.

    Each is the end of the one before it of its kind, which is not noted apart.
    """
    trail.record_all(
        trail.event(
            Tag.CREDENTIAL_ISSUED,
            origin,
            organisation=credential.account.organisation.slug,
            subject=credential.account.public_id,
            reference=(references or {}).get(credential.pk, ""),
            credential=credential.public_id,
            kind=str(credential.kind),
        )
        for credential in issued
    )


def record_refused(credential: Credential, origin: Origin, state: State | str) -> None:
    """Note that a credential of ours was shown that opens nothing any more, and why."""
    trail.record(
        Tag.CREDENTIAL_REUSED if state == State.USED else Tag.CREDENTIAL_REFUSED,
        origin,
        organisation=credential.account.organisation.slug,
        subject=credential.account.public_id,
        outcome=Outcome.REFUSED,
        reference=credential.issuer if credential.kind == Kind.RECOVERY else "",
        credential=credential.public_id,
        kind=str(credential.kind),
        why=str(state),
    )


def _record_revoked(account: Account, killed: int, origin: Origin) -> None:
    if killed:
        trail.record(
            Tag.CREDENTIAL_REVOKED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            credentials=killed,
        )


def purge() -> int:
    """Remove a batch of credentials that expired long ago, used or not; return how many."""
    return ageing.remove(Credential.objects.filter(expires_at__lt=clock.now() - KEPT))


def _live(accounts: Collection[int]) -> QuerySet[Credential]:
    return Credential.objects.filter(
        account__in=accounts, used_at__isnull=True, superseded_at__isnull=True
    )
