"""Ask the school for help."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from trousseau import clock
from trousseau.accounts.services import crowds
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.helpdesk.models import HelpRequest
from trousseau.mail import outbox
from trousseau.throttling.limits import Limit
from trousseau.work import ageing

REQUESTED = "helpdesk/help-requested"
# A whole school sits behind one address; beyond this it is a machine that writes.
FROM_A_NETWORK = Limit(60, timedelta(hours=1))
KEPT = timedelta(days=90)


def request_help(request: HelpRequest, origin: Origin) -> HelpRequest:
    """Record a request for help and mail it to the organisation's help contact.

    It is kept even where no contact has an address, for the helpers' pages. Raises
    HeldError when more came from one network than people there can have written.
    """
    crowds.take_for_network(
        FROM_A_NETWORK, "help requests", request.organisation, origin, at=request.organisation.pk
    )
    request.asked_from = origin.address or None
    with transaction.atomic():
        request.save()
        organisation = request.organisation
        if organisation.help_email:
            outbox.queue(
                REQUESTED,
                organisation.help_email,
                organisation.language or settings.LANGUAGE_CODE,
                about=request.pk,
                organisation=organisation.slug,
            )
        trail.record(
            Tag.HELP_ASKED, origin, organisation=organisation.slug, reference=request.reference
        )
    return request


def purge() -> int:
    """Remove a batch of requests that are long settled; return how many (LAW-08)."""
    return ageing.remove(HelpRequest.objects.filter(asked_at__lt=clock.now() - KEPT))
