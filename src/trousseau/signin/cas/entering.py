"""From a ticket to the accounts it opens; and from the choice of one to a session."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError

from trousseau import clock, tokens
from trousseau.accounts import confirming
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.signin.cas import endings, identities
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
        identity = validate(organisation, ticket, visitor=origin.address, renew=renew)
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
    session: SessionStore, account: Account, digest: str, origin: Origin, journey: Journey
) -> services.Next:
    """Open the session of the account, or ask for its second factor first, if it has one.

    Raises NotValidatedError for a ticket that served already, or whose session the CAS server has
    ended since: it opens nothing.
    """
    with _spending(digest, session, account.organisation, origin):
        return services.admit(
            session,
            account,
            origin,
            to=journey.target(account.organisation),
            factor="cas",
            ticket=digest,
            fresh=journey.purpose.asks_again,
        )


def confirm(session: SessionStore, account: Account, digest: str, origin: Origin) -> None:
    """Note that the person in the session has just signed in again, be it for half of the proof.

    Whoever has a second factor shows it next. Raises as `enter` does.
    """
    with _spending(digest, session, account.organisation, origin):
        if account.protected_since:
            confirming.note_first(session, digest)
        else:
            confirming.note(session, account, origin, ticket=digest)


@contextmanager
def _spending(
    digest: str, session: SessionStore, organisation: Organisation, origin: Origin
) -> Iterator[None]:
    """Use a ticket up by what the block does.

    The session stays as it was when the ticket served already. It is looked last whether the CAS
    server has ended it.
    """
    refusal = NotValidatedError("refused")
    refusal.reference = tokens.reference()
    try:
        _check_unused(digest, session)
        yield
        endings.check(session, digest, origin)
    except CreateError as error:
        refused(organisation, origin, refusal)
        raise refusal from error


def _check_unused(digest: str, session: SessionStore) -> None:
    """Refuse what opened this very session; the database refuses what opened another one."""
    if session.account_id and session.ticket == digest:
        raise CreateError


@dataclass(frozen=True)
class Choice:
    """Accounts among which a person chooses, on the strength of one ticket."""

    accounts: list[Account]
    digest: str
    journey: Journey


def offer_choice(
    session: SessionStore,
    accounts: list[Account],
    digest: str,
    journey: Journey,
    origin: Origin,
    *,
    is_signed_in: bool,
) -> None:
    """Keep what may be chosen, for ten minutes.

    Whoever is signed in stays it until they have chosen; otherwise it is kept in a fresh session,
    which is nobody's yet. Raises NotValidatedError for a ticket that served already.
    """
    offer = {
        "accounts": [account.public_id for account in accounts],
        "ticket": digest,
        "to": journey.to,
        "purpose": journey.purpose.value,
        "until": (clock.now() + CHOICE_LIFETIME).isoformat(),
    }
    if is_signed_in:
        session[CHOICE] = offer
        return
    with _spending(digest, session, accounts[0].organisation, origin), session.in_one_piece():
        session.flush()
        session[CHOICE] = offer
        session.describe(None, origin.agent, origin.address, ticket=digest)
        session.save()


def withdraw_choice(session: SessionStore) -> None:
    """Forget what could be chosen."""
    session.pop(CHOICE, None)


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
    return Choice(usable, kept["ticket"], journey) if usable else None
