"""Validate a ticket: one attempt, whatever comes of it.

The first thing that happens is one guarded UPDATE, so that of any number of parallel attempts
one at most goes on; only then is it looked at whether everything is right. A wrong address, a
wrong kind or a late question has used the ticket up all the same, as the protocol demands.
"""

from dataclasses import dataclass

from django.db import transaction

from trousseau import clock, tokens
from trousseau.audit import refusals, trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.cas_server import matching, ticket_text
from trousseau.cas_server.models import SignOn, Ticket
from trousseau.cas_server.protocol.answers import Code, Failure, SignInFacts, Success
from trousseau.cas_server.services import granting, registry, release, sign_ons
from trousseau.organisations.models import Organisation

Kind = Ticket.Kind
SPEC_KINDS = (ticket_text.Kind.SERVICE, ticket_text.Kind.PROXY)


@dataclass(frozen=True)
class Question:
    """What an application asks: whether this ticket is good for it, at this address."""

    service: str
    ticket: str
    callback: str = ""
    renew: bool = False
    accepts_proxies: bool = False
    with_attributes: bool = True


class _RefusedError(Exception):
    def __init__(self, code: Code, description: str, ticket: Ticket | None = None) -> None:
        super().__init__(description)
        self.failure = Failure(code, description)
        self.ticket = ticket


def validate(organisation: Organisation, question: Question, origin: Origin) -> Success | Failure:
    """Answer the question, and use the ticket up."""
    try:
        ticket = _spend(organisation, question)
        _check(ticket, question)
        named = release.released(ticket.service, ticket.sign_on.account)
        granting_ticket = _granting(ticket, question)
        with transaction.atomic():
            _open(ticket)
            _record(organisation, Tag.APPLICATION_ENTERED, ticket, origin, {})
    except release.NoIdentifierError:
        refusal = Failure(Code.INVALID_TICKET, "The person cannot be named to this service.")
        return _refuse(organisation, refusal, ticket, origin)
    except _RefusedError as refused:
        return _refuse(organisation, refused.failure, refused.ticket, origin)
    everything = question.with_attributes or ticket.service.attributes_in_cas2
    return Success(
        user=named.user,
        attributes=named.attributes if everything else {},
        sign_in=SignInFacts(ticket.sign_on.authenticated_at, ticket.from_credentials)
        if everything
        else None,
        granting_ticket=granting_ticket,
        proxies=tuple(ticket.proxies),
    )


def _spend(organisation: Organisation, question: Question) -> Ticket:
    """Return the ticket, used up by this very attempt."""
    if not question.service or not question.ticket:
        raise _RefusedError(Code.INVALID_REQUEST, "Both service and ticket are required.")
    if not ticket_text.has_shape(question.ticket, *SPEC_KINDS):
        raise _RefusedError(Code.INVALID_TICKET_SPEC, "This is not a service or proxy ticket.")
    mine = Ticket.objects.filter(
        organisation=organisation,
        digest=tokens.digest(question.ticket),
        kind__in=(Kind.SERVICE, Kind.PROXY),
    )
    spent = mine.filter(used_at__isnull=True).update(used_at=clock.now())
    ticket = mine.select_related("service", "sign_on__account__organisation").first()
    if ticket is None:
        raise _RefusedError(Code.INVALID_TICKET, "The ticket is not known here.")
    if not spent:
        raise _RefusedError(Code.INVALID_TICKET, "The ticket has been used already.", ticket)
    return ticket


def _check(ticket: Ticket, question: Question) -> None:
    if ticket.expires_at <= clock.now():
        raise _RefusedError(Code.INVALID_TICKET, "The ticket has expired.", ticket)
    if ticket.kind == Kind.PROXY and not question.accepts_proxies:
        raise _RefusedError(
            Code.INVALID_TICKET, "A proxy ticket is validated by /proxyValidate.", ticket
        )
    if ticket.url != matching.without_ticket(question.service):
        raise _RefusedError(
            Code.INVALID_SERVICE, "The ticket was issued for another service.", ticket
        )
    if question.renew and not ticket.from_credentials:
        raise _RefusedError(
            Code.INVALID_TICKET, "The ticket does not come from a new sign-in.", ticket
        )
    if not registry.may_use(ticket.service, ticket.sign_on.account):
        raise _RefusedError(Code.INVALID_TICKET, "The service is not open to this person.", ticket)


def _granting(ticket: Ticket, question: Question) -> str:
    """Return the name of a granting ticket that the application's callback has accepted."""
    if not question.callback:
        return ""
    # Before anything is handed over; `_open` looks again, under a lock.
    _make_sure_it_lives(ticket.sign_on, ticket)
    try:
        return granting.grant(ticket, question.callback)
    except granting.MayNotProxyError as error:
        raise _RefusedError(
            Code.UNAUTHORIZED_SERVICE_PROXY, "The service may not act for people.", ticket
        ) from error
    except granting.CallbackError as error:
        raise _RefusedError(
            Code.INVALID_PROXY_CALLBACK, f"The callback was not accepted: {error}.", ticket
        ) from error


def _open(ticket: Ticket) -> None:
    """Note that there is a session to end with the sign-on, unless it has just ended."""
    sign_on = SignOn.objects.select_for_update().get(pk=ticket.sign_on_id)
    _make_sure_it_lives(sign_on, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(opened=True, purge_at=sign_on.purge_at)


def _make_sure_it_lives(sign_on: SignOn, ticket: Ticket) -> None:
    if not sign_ons.is_live(sign_on):
        raise _RefusedError(Code.INVALID_TICKET, "The person has signed out.", ticket)


def _refuse(
    organisation: Organisation, failure: Failure, ticket: Ticket | None, origin: Origin
) -> Failure:
    if ticket is None:
        # Whoever likes can ask about tickets that never were.
        refusals.note(
            Tag.APPLICATION_REFUSED,
            origin,
            organisation=organisation.slug,
            code=str(failure.code),
        )
        return failure
    reused = failure.description.startswith("The ticket has been used")
    tag = Tag.TICKET_REUSED if reused else Tag.APPLICATION_REFUSED
    _record(organisation, tag, ticket, origin, {"code": str(failure.code)})
    return failure


def _record(
    organisation: Organisation,
    tag: Tag,
    ticket: Ticket,
    origin: Origin,
    facts: dict[str, str],
) -> None:
    trail.record(
        tag,
        origin,
        organisation=organisation.slug,
        subject=ticket.sign_on.account.public_id,
        outcome=Outcome.REFUSED if "code" in facts else Outcome.SUCCESS,
        application=ticket.service.name,
        **facts,
    )
