"""Ask to get back in."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from trousseau import addresses, clock, insertion
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.work import wakeups

# Asked again within this time, the first mail is most likely still on its way. Each further mail
# of a day doubles it, so that nobody's mailbox is flooded (REC-03).
QUIET = timedelta(minutes=5)
DAY = timedelta(days=1)
LONGEST_LINK_LIFE = timedelta(hours=24)
MOST_DOUBLINGS = 10
# By hand, because thousands ask at once in September: the ORM takes ten times as long to put this
# into words as the database to answer.
_ASKED_ABOUT = """
    SELECT id, asked_at FROM recovery_recoveryrequest
    WHERE address_key = %(address)s AND coalesce(organisation_id, 0) = %(organisation)s
        AND closed_at IS NULL AND answer <> %(repeated)s
    ORDER BY asked_at DESC LIMIT %(most)s
"""


class Asked(NamedTuple):
    """What the confirmation page tells; the same for a known and an unknown address.

    `before` is when the same address was last asked for, if that still counts, and `again_at`
    from when a new request will be mailed.
    """

    reference: str
    before: datetime | None = None
    again_at: datetime | None = None


def request_recovery(
    organisation: Organisation | None,
    address: str,
    language: str,
    origin: Origin,
) -> Asked:
    """Note that somebody asks to get back in; a worker answers by mail.

    Whether the address is known is never looked up here, so neither words nor time can tell
    (REC-01). Without an organisation, every one is meant. A request repeated within minutes is
    noted as well, with a reference of its own, but the mail before it holds: nothing is sent
    twice and nothing that was sent is killed.
    """
    now = clock.now()
    key = addresses.key(address)
    before, again_at = _repetition(organisation, key, now)
    repeated = again_at is not None
    with transaction.atomic():
        request = RecoveryRequest(
            organisation=organisation,
            typed_address=address,
            address_key=key,
            language=language,
            asked_at=now,
            asked_from=origin.address or None,
            answer=RecoveryRequest.Answer.REPEATED if repeated else "",
            answered_at=now if repeated else None,
            next_attempt_at=None if repeated else now,
        )
        insertion.insert(request)
        trail.record(
            Tag.RECOVERY_ASKED,
            origin,
            organisation=organisation.slug if organisation else "",
            reference=request.reference,
            repeated=int(repeated),
        )
        wakeups.notify()
    return Asked(request.reference, before, again_at)


def _repetition(
    organisation: Organisation | None, key: str, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return when the address was last mailed about and when it may be again, if not yet.

    Never longer than a mailed link lives: whoever asks in somebody's name, again and again, keeps
    them from asking only while they hold a link that works (REC-24). A request whose link has
    been used no longer counts.
    """
    asked = RecoveryRequest.objects.raw(
        _ASKED_ABOUT,
        {
            "address": key,
            "organisation": organisation.pk if organisation else 0,
            "repeated": RecoveryRequest.Answer.REPEATED,
            "most": MOST_DOUBLINGS,
        },
    )
    # What a clock has noted that ran far ahead, and was set back since, makes nobody wait.
    within = (now - DAY, now + QUIET)
    times = [one.asked_at for one in asked if within[0] < one.asked_at <= within[1]]
    if not times:
        return None, None
    life = timedelta(hours=organisation.link_hours) if organisation else LONGEST_LINK_LIFE
    quiet_until = times[0] + min(QUIET * (1 << (len(times) - 1)), life)
    return (times[0], quiet_until) if now < quiet_until else (None, None)
