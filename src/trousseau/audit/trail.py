"""Write events into the trail."""

from trousseau import clock
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
    Event.objects.create(
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
