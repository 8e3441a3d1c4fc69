"""Many people who ask at once, and what has become of their requests."""

import re

from django.db import transaction

from tests.factories import ORIGIN, make_account
from tests.sink import Kept
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest
from trousseau.recovery.services import choosing
from trousseau.recovery.services.asking import request_recovery


def people(organisation: Organisation, count: int, prefix: str = "p") -> list[str]:
    """Register so many people; return their addresses, in order."""
    emails = [f"{prefix}{number:02}@example.org" for number in range(count)]
    for email in emails:
        make_account(organisation, email, email=email, password="")
    return emails


def ask_all_at_once(organisation: Organisation, emails: list[str]) -> None:
    with transaction.atomic():
        for email in emails:
            request_recovery(organisation, email, "fr", ORIGIN)


def nothing_left() -> bool:
    """Tell whether every request has an outcome, and so has every mail."""
    return not any(
        model.objects.filter(next_attempt_at__isnull=False).exists()
        for model in (RecoveryRequest, Message)
    )


def secrets_in(kept: Kept) -> list[str]:
    return re.findall(r"/pwd/([\w-]{32})/", kept.text)


def opens(organisation: Organisation, secret: str) -> bool:
    try:
        choosing.visit(organisation, secret)
    except choosing.LinkUnusableError:
        return False
    return True


def live_links(organisation: Organisation, kept: list[Kept]) -> dict[str, list[bool]]:
    """Return for each address whether the link of each of its mails opens, in their order."""
    links: dict[str, list[bool]] = {}
    for mail in kept:
        (secret,) = secrets_in(mail)
        links.setdefault(mail.recipient, []).append(opens(organisation, secret))
    return links
