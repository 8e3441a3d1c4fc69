"""Write events into the trail."""

from collections.abc import Iterable
from datetime import datetime

from trousseau import clock, insertion
from trousseau.audit.models import Event
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag


def record(
    tag: Tag,
    origin: Origin,
    *,
    organisation: str = "",
    subject: str = "",
    outcome: Outcome = Outcome.SUCCESS,
    reference: str = "",
    **facts: str | int | list[str],
) -> None:
    """Write one event in the caller's transaction: it is kept if and only if the deed is.

    `subject` and the origin's actor are public identifiers of accounts; `facts` are plain
    values that an investigator needs, never a secret (LOG-01, LOG-02).
    """
    insertion.insert(
        event(
            tag,
            origin,
            organisation=organisation,
            subject=subject,
            outcome=outcome,
            reference=reference,
            **facts,
        )
    )


def record_all(events: Iterable[Event]) -> None:
    """Write many events at once, as `record` does one."""
    Event.objects.bulk_create(events)


def count_since(moment: datetime, tag: Tag, subject: str) -> int:
    """Return how often something happened to an account after a moment."""
    return Event.objects.filter(subject=subject, tag=tag, at__gt=moment).count()


def event(
    tag: Tag,
    origin: Origin,
    *,
    organisation: str = "",
    subject: str = "",
    outcome: Outcome = Outcome.SUCCESS,
    reference: str = "",
    **facts: str | int | list[str],
) -> Event:
    """Return an event for `record_all`, not yet written."""
    return Event(
        at=clock.now(),
        tag=tag,
        outcome=outcome,
        organisation=organisation,
        actor=origin.actor,
        subject=subject,
        address=origin.address or None,
        agent=origin.agent,
        reference=reference,
        facts=facts,
    )
