"""Help somebody who has lost every second factor: two helpers together, never one (four eyes).

```mermaid
stateDiagram-v2
  [*] --> open: start, by one helper
  open --> done: confirm, by another one
  open --> withdrawn: withdraw, by any of them
  open --> withdrawn: stop, when the person signs in with a factor
  open --> over: two days later
```

The password is left alone and opens no more than the way to a new factor, where one is required.
The person is told at the start and at the end (REC-14, REC-17, ASVS 6.4.4).
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trousseau import clock
from trousseau.accounts.models import Account, FactorReset
from trousseau.accounts.services import credentials, factors
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

LIFETIME = timedelta(days=2)
# How a helper has made sure of who is asking; nothing that a stranger can know or send counts.
PROOFS = {
    "face": _("I saw the person, whom I know"),
    "document": _("I saw the person and an identity document"),
    "called": _("I called the person back at the number that the school has"),
}


class NotAllowedError(Exception):
    """This helper may not do this for this person."""


class NothingToDoError(Exception):
    """The person has no second factor, or a reset is open already, or this one is over."""


def may_help(helper: Account, person: Account) -> bool:
    """Tell whether a helper answers for a person: never for themselves, never next door (TEN-01).

    Administrators for everybody but operators, referents for their school, class teachers for
    their pupils; nobody for a person who may do more than they.
    """
    if helper.pk == person.pk or helper.organisation_id != person.organisation_id:
        return False
    if not helper.is_active or person.is_operator:
        return False
    if helper.role == Account.Role.ADMINISTRATOR:
        return True
    if person.role == Account.Role.ADMINISTRATOR:
        return False
    schools = helper.schoolplace_set.filter(referent=True).values("school")
    if person.schoolplace_set.filter(school__in=schools).exists():
        return True
    classes = helper.classplace_set.filter(in_charge=True).values("school_class")
    is_pupil = person.role == Account.Role.PUPIL
    return is_pupil and person.classplace_set.filter(school_class__in=classes).exists()


def start(helper: Account, person: Account, proof: str, origin: Origin) -> FactorReset:
    """Have somebody's factors taken off once a second helper agrees; the person is told at once.

    Raises NotAllowedError and NothingToDoError.
    """
    if not may_help(helper, person) or proof not in PROOFS:
        raise NotAllowedError
    now = clock.now()
    with transaction.atomic():
        credentials.take_turns([person])
        _open(person).filter(expires_at__lte=now).update(ended_at=now)
        if not factors.of_account(person) or _open(person).exists():
            raise NothingToDoError
        reset = FactorReset.objects.create(
            account=person,
            proof=proof,
            started_by=helper,
            started_at=now,
            expires_at=now + LIFETIME,
        )
        _record(Tag.FACTORS_RESET_STARTED, reset, origin, proof=proof)
        factors.tell(person, "lost-asked")
    return reset


def confirm(reset: FactorReset, helper: Account, origin: Origin) -> None:
    """Take the factors off, on the word of a second helper.

    Of two parallel attempts one does it. Raises NotAllowedError, to the first helper too, and
    NothingToDoError.
    """
    person = reset.account
    if helper.pk == reset.started_by_id or not may_help(helper, person):
        raise NotAllowedError
    if not may_help(reset.started_by, person):
        # The first helper is none any more: another one begins anew.
        raise NotAllowedError
    now = clock.now()
    with transaction.atomic():
        credentials.take_turns([person])
        open_ = FactorReset.objects.filter(pk=reset.pk, ended_at__isnull=True, expires_at__gt=now)
        if not open_.update(ended_at=now, confirmed_by=helper):
            raise NothingToDoError
        _record(Tag.FACTORS_RESET_CONFIRMED, reset, origin)
        factors.forget_all(person, origin)


def withdraw(reset: FactorReset, helper: Account, origin: Origin) -> None:
    """Leave the factors as they are. Raises NotAllowedError and NothingToDoError."""
    if not may_help(helper, reset.account):
        raise NotAllowedError
    with transaction.atomic():
        open_ = FactorReset.objects.filter(pk=reset.pk, ended_at__isnull=True)
        if not open_.update(ended_at=clock.now()):
            raise NothingToDoError
        _record(Tag.FACTORS_RESET_WITHDRAWN, reset, origin)


def stop(person: Account, origin: Origin) -> None:
    """Withdraw what was begun for somebody who has just shown a factor: nothing is lost."""
    for reset in _open(person):
        if FactorReset.objects.filter(pk=reset.pk, ended_at__isnull=True).update(
            ended_at=clock.now()
        ):
            reset.account = person
            _record(Tag.FACTORS_RESET_WITHDRAWN, reset, origin)


def waiting_for(helper: Account) -> list[FactorReset]:
    """Return the open resets that the helper may confirm or withdraw, the oldest first."""
    resets = (
        FactorReset.objects.filter(
            account__organisation=helper.organisation_id,
            ended_at__isnull=True,
            expires_at__gt=clock.now(),
        )
        .select_related("account", "started_by")
        .order_by("started_at")
    )
    return [reset for reset in resets if may_help(helper, reset.account)]


def _open(person: Account) -> QuerySet[FactorReset]:
    return FactorReset.objects.filter(account=person, ended_at__isnull=True)


def _record(tag: Tag, reset: FactorReset, origin: Origin, **facts: str) -> None:
    account = reset.account
    trail.record(
        tag,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        reset=reset.public_id,
        **facts,  # type: ignore[arg-type]  # no fact bears the name of a parameter
    )
