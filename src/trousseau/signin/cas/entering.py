"""From a ticket to the accounts it opens; and from the choice of one to a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError

from trousseau import clock, tokens
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.signin.cas import identities
from trousseau.signin.cas.journeys import Journey, Purpose
from trousseau.signin.cas.validation import NotValidatedError, validate

CHOICE = "cas-choice"
CHOICE_LIFETIME = timedelta(minutes=10)


def ticket_digest(organisation: Organisation, ticket: str) -> str:
    """Return what a ticket is remembered by, in one organisation only."""
    return tokens.digest(f"{organisation.pk}:{ticket}")


def recognise(
    organisation: Organisation, ticket: str, origin: Origin, *, renew: bool = False
) -> list[Account]:
    """Return the accounts, one at least, that a ticket proves to be the person's.

    Raises NotValidatedError, whose reference leads to the event in the trail.
    """
    seen = ""
    try:
        identity = validate(organisation, ticket, renew=renew)
        seen = identity.user
        accounts = identities.accounts_of(organisation, identity, origin)
    except NotValidatedError as error:
        error.reference = tokens.reference()
        refused(organisation, origin, error, identity=seen[:100])
        raise
    for account in accounts:
        account.organisation = organisation
        identities.refresh(account, identity, origin)
    return accounts


def refused(
    organisation: Organisation, origin: Origin, error: NotValidatedError, *, identity: str = ""
) -> None:
    """Note in the trail that a ticket opened nothing, and why."""
    trail.record(
        Tag.SIGN_IN_REFUSED,
        origin,
        organisation=organisation.slug,
        outcome=Outcome.REFUSED,
        reference=error.reference,
        factor="cas",
        why=error.why,
        **({"identity": identity} if identity else {}),
    )


def enter(
    session: SessionStore,
    account: Account,
    digest: str,
    origin: Origin,
    journey: Journey,
) -> services.Next:
    """Open the session of the account, or ask for its second factor first, if it has one.

    Raises NotValidatedError for a ticket that opened something already.
    """
    try:
        return services.admit(
            session,
            account,
            origin,
            to=journey.target(account.organisation),
            factor="cas",
            ticket=digest,
            fresh=journey.purpose.asks_again,
        )
    except CreateError as error:
        session.flush()
        refusal = NotValidatedError("refused")
        refused(account.organisation, origin, refusal)
        raise refusal from error


@dataclass(frozen=True)
class Choice:
    """Accounts among which a person chooses, on the strength of one ticket."""

    accounts: list[Account]
    digest: str
    journey: Journey


def offer_choice(
    session: SessionStore, accounts: list[Account], digest: str, journey: Journey, origin: Origin
) -> None:
    """Keep in a fresh session, which is nobody's yet, what may be chosen.

    Raises NotValidatedError for a ticket that was used already.
    """
    session.flush()
    session[CHOICE] = {
        "accounts": [account.public_id for account in accounts],
        "to": journey.to,
        "purpose": journey.purpose.value,
        "until": (clock.now() + CHOICE_LIFETIME).isoformat(),
    }
    session.describe(None, origin.agent, origin.address, ticket=digest)
    try:
        session.save()
    except CreateError as error:
        session.flush()
        refusal = NotValidatedError("refused")
        refused(accounts[0].organisation, origin, refusal)
        raise refusal from error


def choice_of(session: SessionStore, organisation: Organisation) -> Choice | None:
    """Return what may be chosen in this session and organisation, while it may."""
    kept: Mapping[str, Any] | None = session.get(CHOICE)
    if kept is None or clock.now() > datetime.fromisoformat(kept["until"]):
        return None
    accounts = (
        Account.objects.filter(organisation=organisation, public_id__in=kept["accounts"])
        .prefetch_related("schools", "classes")
        .order_by("role", "given_name", "pk")
    )
    usable = [account for account in accounts if account.is_active]
    for account in usable:
        account.organisation = organisation
    journey = Journey(kept["to"], Purpose(kept.get("purpose", Purpose.SIGN_IN)))
    return Choice(usable, session.ticket, journey) if usable else None
