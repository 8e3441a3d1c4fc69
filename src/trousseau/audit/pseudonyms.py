"""When an account is gone, its events keep an opaque number and nothing else of the person.

No name is in the trail in the first place: an account is its public identifier, which means
nothing once the account's row is gone. What is taken out then are network address and browser,
and the facts that tell of a person (LAW-08, LAW-09).
"""

from datetime import timedelta

from django.db.models import Q

from trousseau import clock
from trousseau.audit import append_only, chain, records
from trousseau.audit.models import Departure, Event, Segment

REST = timedelta(minutes=10)
BATCH = 500
_DEPARTED_AT_ONCE = 200


def depart(subject: str, organisation: str) -> None:
    """Note, in the caller's transaction, that an account is gone."""
    Departure.objects.get_or_create(
        subject=subject, defaults={"organisation": organisation, "noted_at": clock.now()}
    )


def blank() -> int:
    """Take the traces out of one batch of events of accounts that are gone; return how many.

    Sealed events only, so that the seal vouches for all that remains.
    """
    first = Departure.objects.order_by("noted_at").first()
    if first is None:
        return 0
    gone = Departure.objects.filter(organisation=first.organisation, noted_at__lte=clock.now())
    names = list(gone.order_by("noted_at").values_list("pk", flat=True)[:_DEPARTED_AT_ONCE])
    newest = Segment.objects.order_by("-number").first()
    sealed_up_to = newest.reached if newest else 0
    # Those who acted for somebody else stand in no index: found among their organisation's.
    theirs = Event.objects.filter(Q(subject__in=names) | Q(actor__in=names), blanked="").filter(
        Q(organisation=first.organisation) | Q(subject__in=names)
    )
    with append_only.upkeep():
        batch = list(theirs.filter(pk__lte=sealed_up_to).order_by("pk")[:BATCH])
        key = chain.key()
        for event in batch:
            event.blanked = key.blanking(event.pk, records.of_event(event))
            event.address, event.agent = None, ""
            event.facts = {
                name: value
                for name, value in event.facts.items()
                if name not in chain.PERSONAL_FACTS
            }
        Event.objects.bulk_update(batch, ["address", "agent", "facts", "blanked"])
        if not batch and not theirs.exists():
            Departure.objects.filter(pk__in=names).delete()
    return len(batch)
