"""Write events into the trail, and once they are committed into the log too."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from django.db import transaction

from trousseau import clock, insertion, logs
from trousseau.audit import stream
from trousseau.audit.models import Event
from trousseau.audit.origin import MAX_AGENT_LENGTH, Origin
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
    values that an investigator needs, never a secret (LOG-01, LOG-02). One INSERT and no more:
    thousands wait for it at the same moment. The log learns of it after the commit.
    """
    written = event(
        tag,
        origin,
        organisation=organisation,
        subject=subject,
        outcome=outcome,
        reference=reference,
        **facts,
    )
    insertion.insert(written)
    transaction.on_commit(partial(stream.write, written), robust=True)


def record_all(events: Iterable[Event]) -> None:
    """Write many events at once, as `record` does one."""
    for written in Event.objects.bulk_create(events):
        transaction.on_commit(partial(stream.write, written), robust=True)


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
        role=origin.role,
        subject=subject,
        address=origin.address or None,
        agent=logs.on_one_line(origin.agent)[:MAX_AGENT_LENGTH],
        reference=reference,
        request=logs.request_reference(),
        facts=_harmless(facts),
    )


def _harmless(facts: Mapping[str, str | int | list[str]]) -> dict[str, str | int | list[str]]:
    """Return facts with their control characters encoded and no link's secret (LOG-02, LOG-05)."""
    return {
        name: [_line(one) for one in value]
        if isinstance(value, list)
        else _line(value)
        if isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def _line(text: str) -> str:
    return logs.on_one_line(logs.without_secrets(text))
