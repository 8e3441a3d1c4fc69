"""What happened to somebody's own account, for its owner to look through and to judge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from trousseau.accounts.devices import device_name, network_name
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag

ON_A_PAGE = 20
AT_WORK = {Account.Role.TEACHER, Account.Role.STAFF, Account.Role.ADMINISTRATOR}
# What an owner can judge. How applications and links fare in between is for whoever helps them.
SHOWN = frozenset(
    {
        Tag.SIGN_IN,
        Tag.SIGN_IN_REFUSED,
        Tag.SIGN_OUT,
        Tag.SESSION_ENDED,
        Tag.PASSWORD_CHANGED,
        Tag.PASSWORD_CHANGE_REFUSED,
        Tag.PASSWORD_WITHDRAWN,
        Tag.CREDENTIAL_REUSED,
        Tag.CREDENTIAL_REFUSED,
        Tag.RECOVERY_DONE,
        Tag.ADDRESS_ADDED,
        Tag.ADDRESS_CONFIRMED,
        Tag.ADDRESS_REMOVED,
        Tag.ADDRESS_OBJECTED,
        Tag.DETAILS_CHANGED,
        Tag.DEVICE_FORGOTTEN,
        Tag.IDENTITY_LINKED,
        Tag.IDENTITY_UNLINKED,
        Tag.ACCOUNT_ADDED,
    }
)


@dataclass(frozen=True)
class Line:
    """One thing that happened. `device` and `network` are empty where nobody's is known."""

    tag: Tag
    at: datetime
    facts: dict[str, Any]
    device: str
    network: str
    by_school: bool


@dataclass(frozen=True)
class Lines:
    """One page of them, the newest first; `older` leads to the next page, if there is one."""

    lines: list[Line]
    older: int | None


def of_account(account: Account, before: int | None = None) -> Lines:
    """Return what happened to the account before one of its own events, or until now.

    Only events of this account in its own organisation's trail, whatever `before` names.
    """
    own = _own(account)
    last = own.filter(pk=before).first() if before else None
    if last:
        own = own.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    found = list(own.order_by("-at", "-pk")[: ON_A_PAGE + 1])
    shown = found[:ON_A_PAGE]
    older = shown[-1].pk if len(found) > ON_A_PAGE else None
    return Lines([_line(account, event) for event in shown], older)


def _own(account: Account) -> QuerySet[Event]:
    # Links to confirm or to object are told of by the change of address that they belong to.
    mailed = Q(tag=Tag.CREDENTIAL_ISSUED, facts__kind="recovery")
    return Event.objects.filter(
        Q(tag__in=SHOWN) | mailed,
        subject=account.public_id,
        organisation=account.organisation.slug,
    )


def _line(account: Account, event: Event) -> Line:
    return Line(
        tag=Tag(event.tag),
        at=event.at,
        facts=event.facts,
        device=device_name(event.agent) if event.agent else "",
        network=network_name(str(event.address or "")),
        by_school=_is_by_school(account, event),
    )


def _is_by_school(account: Account, event: Event) -> bool:
    """Tell whether somebody of the school did it: not whoever was signed in on the browser before.

    A parent may open a child's link, a pupil sign in on a teacher's computer.
    """
    at_the_door = event.tag in {Tag.SIGN_IN, Tag.SIGN_IN_REFUSED}
    return event.role in AT_WORK and event.actor != account.public_id and not at_the_door
