"""Proxy granting tickets: handed to an application's callback, and what they grant."""

import logging
import re
from datetime import timedelta

from django.conf import settings

from trousseau import clock, tokens
from trousseau.audit import refusals, trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.cas_server import matching, outgoing, ticket_text
from trousseau.cas_server.models import Ticket
from trousseau.cas_server.protocol.answers import Code, ProxyFailure, ProxySuccess
from trousseau.cas_server.services import issuing, registry, sign_ons
from trousseau.organisations.models import Organisation
from trousseau.signin.cas.transport import UnreachableError

log = logging.getLogger(__name__)
# It ends with the session; this is only the longest a session lasts.
LIFETIME = timedelta(hours=12)
ACCEPTED = 200
_TARGET = re.compile(r"[\x21-\x7e]{1,2000}")


class MayNotProxyError(Exception):
    """The application may not act for people elsewhere."""


class CallbackError(Exception):
    """The granting ticket could not be handed over; the text says why, to whoever asks.

    One reason for whatever its server did: more would tell what else is in its network.
    """


def grant(ticket: Ticket, callback: str) -> str:
    """Hand a granting ticket to the application's callback; return the name it goes by.

    The callback must be https, certified by somebody we trust, registered, and answer 200; a
    redirect is not followed. Raises MayNotProxyError and CallbackError. The specification
    contradicts itself on what a failed callback means; here the validation fails, so that
    nobody takes half a success for a whole one.
    """
    if not ticket.service.may_proxy:
        raise MayNotProxyError
    if not registry.receives_callbacks_at(ticket.service, callback):
        raise CallbackError("its address is not registered")
    minted = ticket_text.mint(ticket_text.Kind.GRANTING, settings.SECRET_KEY)
    name = ticket_text.mint_iou()
    joint = "&" if "?" in callback else "?"
    try:
        status = outgoing.get(f"{callback}{joint}pgtId={minted.text}&pgtIou={name}")
    except UnreachableError as error:
        log.warning("callback of application %s: %s", ticket.service.name, error)
        raise CallbackError("its server did not take it") from error
    if status != ACCEPTED:
        log.warning("callback of application %s: status %s", ticket.service.name, status)
        raise CallbackError("its server did not take it")
    account = ticket.sign_on.account
    wish = issuing.Wish(ticket.service, callback, account, ticket.sign_on)
    issuing.store(
        minted,
        Ticket.Kind.GRANTING,
        wish,
        lifetime=LIFETIME,
        proxies=(callback, *ticket.proxies),
    )
    return name


def proxy_ticket(
    organisation: Organisation, granting_ticket: str, target: str, origin: Origin
) -> ProxySuccess | ProxyFailure:
    """Return a proxy ticket for another application, on the strength of a granting ticket."""
    if not granting_ticket or not target:
        return ProxyFailure(Code.INVALID_REQUEST, "Both pgt and targetService are required.")
    ticket = _live(organisation, granting_ticket)
    if ticket is None:
        refusals.note(
            Tag.APPLICATION_REFUSED,
            origin,
            organisation=organisation.slug,
            code=str(Code.INVALID_REQUEST),
        )
        return ProxyFailure(Code.INVALID_REQUEST, "The granting ticket is not valid any more.")
    account = ticket.sign_on.account
    service = registry.find_target(organisation, target) if _TARGET.fullmatch(target) else None
    may_act = ticket.service.may_proxy and registry.may_use(ticket.service, account)
    if service is None or not may_act or not registry.may_use(service, account):
        trail.record(
            Tag.APPLICATION_REFUSED,
            origin,
            organisation=organisation.slug,
            subject=account.public_id,
            outcome=Outcome.REFUSED,
            application=ticket.service.name,
            code=str(Code.UNAUTHORIZED_SERVICE),
        )
        return ProxyFailure(Code.UNAUTHORIZED_SERVICE, "The target may not be asked for.")
    minted = ticket_text.mint(ticket_text.Kind.PROXY, settings.SECRET_KEY)
    wish = issuing.Wish(service, matching.without_ticket(target), account, ticket.sign_on)
    issuing.store(
        minted,
        Ticket.Kind.PROXY,
        wish,
        lifetime=issuing.LIFETIME,
        proxies=tuple(ticket.proxies),
    )
    trail.record(
        Tag.APPLICATION_OPENED,
        origin,
        organisation=organisation.slug,
        subject=account.public_id,
        application=service.name,
        through=ticket.service.name,
    )
    return ProxySuccess(minted.text)


def _live(organisation: Organisation, text: str) -> Ticket | None:
    if not ticket_text.has_shape(text, ticket_text.Kind.GRANTING):
        return None
    ticket = (
        Ticket.objects.select_related("service", "sign_on__account__organisation")
        .filter(
            organisation=organisation,
            kind=Ticket.Kind.GRANTING,
            digest=tokens.digest(text),
            expires_at__gt=clock.now(),
        )
        .first()
    )
    return ticket if ticket and sign_ons.is_live(ticket.sign_on) else None
