"""Issue tickets."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.cas_server import ticket_text
from trousseau.cas_server.models import Service, SignOn, Ticket
from trousseau.cas_server.services import registry, release, sign_ons

# The application asks within the second; five minutes are the most that is recommended.
LIFETIME = timedelta(seconds=60)
# Kept that long after its end for whoever looks into what happened.
SPENT_FOR = timedelta(hours=1)


class NotForThisPersonError(Exception):
    """The application is not meant for this person."""


@dataclass(frozen=True)
class Wish:
    """What is asked for: an application, at this very address, by somebody signed in."""

    service: Service
    url: str
    account: Account
    sign_on: SignOn


def check(service: Service, account: Account, origin: Origin) -> None:
    """Make sure that the person may use the application and can be named to it.

    Raises NotForThisPersonError and release.NoIdentifierError, once the refusal is recorded.
    """
    try:
        _make_sure(service, account)
    except (NotForThisPersonError, release.NoIdentifierError) as error:
        trail.record(
            Tag.APPLICATION_REFUSED,
            origin,
            organisation=account.organisation.slug,
            subject=account.public_id,
            outcome=Outcome.REFUSED,
            application=service.name,
            reason=type(error).__name__,
        )
        raise


def _make_sure(service: Service, account: Account) -> None:
    if not registry.may_use(service, account):
        raise NotForThisPersonError
    release.identifier(service, account)


def issue(wish: Wish, origin: Origin, *, from_credentials: bool) -> str:
    """Return a service ticket for one application at one address; `check` comes before."""
    minted = ticket_text.mint(ticket_text.Kind.SERVICE, settings.SECRET_KEY)
    with transaction.atomic():
        store(
            minted,
            Ticket.Kind.SERVICE,
            wish,
            lifetime=LIFETIME,
            from_credentials=from_credentials and sign_ons.use_credentials(wish.sign_on),
        )
        trail.record(
            Tag.APPLICATION_OPENED,
            origin,
            organisation=wish.account.organisation.slug,
            subject=wish.account.public_id,
            application=wish.service.name,
        )
    return minted.text


def store(
    minted: ticket_text.Minted,
    kind: Ticket.Kind,
    wish: Wish,
    *,
    lifetime: timedelta,
    from_credentials: bool = False,
    proxies: tuple[str, ...] = (),
) -> Ticket:
    """Keep what is needed to recognise a ticket when it comes back."""
    now = clock.now()
    return Ticket.objects.create(
        digest=minted.digest,
        seed=minted.seed,
        kind=kind,
        organisation=wish.account.organisation,
        service=wish.service,
        sign_on=wish.sign_on,
        url=wish.url,
        from_credentials=from_credentials,
        proxies=list(proxies),
        created_at=now,
        expires_at=now + lifetime,
        purge_at=now + lifetime + SPENT_FOR,
    )
