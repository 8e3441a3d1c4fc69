"""Addresses that applications' servers ask whether a ticket is good, and whose it is."""

import logging
import secrets
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from trousseau import clock
from trousseau.audit import origin, refusals
from trousseau.audit.tags import Tag
from trousseau.cas_server.protocol import as_json, as_xml, saml11
from trousseau.cas_server.protocol.answers import (
    Answer,
    Code,
    Failure,
    ProxyFailure,
    Success,
)
from trousseau.cas_server.services import granting, validating
from trousseau.cas_server.services.validating import Question
from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation

log = logging.getLogger(__name__)
Asked = Callable[[HttpRequest, Organisation], Answer]
View = Callable[[HttpRequest, Organisation], HttpResponse]


def _protocol(ask: Asked) -> View:
    """Serve an answer as XML or JSON; whatever breaks is INTERNAL_ERROR, never a page."""

    @require_safe
    @never_cache
    @wraps(ask)
    def view(request: HttpRequest, organisation: Organisation) -> HttpResponse:
        renderer = {"": as_xml, "XML": as_xml, "JSON": as_json}.get(
            request.GET.get("format", "").upper()
        )
        if renderer is None:
            failure = Failure(Code.INVALID_REQUEST, "The format is XML or JSON.")
            return HttpResponse(as_xml.render(failure), content_type=as_xml.CONTENT_TYPE)
        answer = _safely(ask, request, organisation)
        return HttpResponse(renderer.render(answer), content_type=renderer.CONTENT_TYPE)

    return view


def _safely(ask: Asked, request: HttpRequest, organisation: Organisation) -> Answer:
    try:
        return ask(request, organisation)
    except Exception:
        log.exception("CAS %s failed", ask.__name__)
        _note_failure(request, organisation, ask.__name__)
        return Failure(Code.INTERNAL_ERROR, "Something went wrong on our side.")


def _note_failure(request: HttpRequest, organisation: Organisation, what: str) -> None:
    """Note the unexpected in the trail: the protocol answers 200 all the same."""
    where_from = origin.of(request)
    refusals.note(Tag.UNEXPECTED_ERROR, where_from, organisation=organisation.slug, page=what)


def _single(request: HttpRequest, name: str) -> str:
    """Return a parameter given once; one given twice could be read in two ways."""
    values = request.GET.getlist(name)
    return values[0] if len(values) == 1 else ""


def _validated(
    request: HttpRequest, organisation: Organisation, *, proxies: bool, attributes: bool
) -> Success | Failure:
    question = Question(
        service=_single(request, "service"),
        ticket=_single(request, "ticket"),
        callback=request.GET.get("pgtUrl", ""),
        renew="renew" in request.GET,
        accepts_proxies=proxies,
        with_attributes=attributes,
    )
    return validating.validate(organisation, question, origin.of(request))


@_protocol
def service_validate(request: HttpRequest, organisation: Organisation) -> Answer:
    """CAS 2.0 (2.5): service tickets only."""
    return _validated(request, organisation, proxies=False, attributes=False)


@_protocol
def proxy_validate(request: HttpRequest, organisation: Organisation) -> Answer:
    """CAS 2.0 (2.6): proxy tickets as well."""
    return _validated(request, organisation, proxies=True, attributes=False)


@_protocol
def p3_service_validate(request: HttpRequest, organisation: Organisation) -> Answer:
    """CAS 3.0 (2.8): with attributes."""
    return _validated(request, organisation, proxies=False, attributes=True)


@_protocol
def p3_proxy_validate(request: HttpRequest, organisation: Organisation) -> Answer:
    """CAS 3.0 (2.9): with attributes, proxy tickets as well."""
    return _validated(request, organisation, proxies=True, attributes=True)


@_protocol
def proxy(request: HttpRequest, organisation: Organisation) -> Answer:
    """A proxy ticket for a granting ticket (2.7)."""
    try:
        return granting.proxy_ticket(
            organisation,
            _single(request, "pgt"),
            _single(request, "targetService"),
            origin.of(request),
        )
    except Exception:
        log.exception("CAS proxy failed")
        _note_failure(request, organisation, "proxy")
        return ProxyFailure(Code.INTERNAL_ERROR, "Something went wrong on our side.")


@require_safe
@never_cache
def validate(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """CAS 1.0 (2.4): a line `yes` and, as every server and client has it, one with the user."""

    def ask(request: HttpRequest, organisation: Organisation) -> Answer:
        return _validated(request, organisation, proxies=False, attributes=False)

    answer = _safely(ask, request, organisation)
    text = f"yes\n{_one_line(answer.user)}\n" if isinstance(answer, Success) else "no\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _one_line(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())


@require_POST
@never_cache
def saml_validate(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """SAML 1.1 (2.10): `TARGET` in the address, the ticket in the body."""
    target = _single(request, "TARGET")
    in_reply_to = ""
    try:
        asked = saml11.read(request.body)
    except saml11.UnreadableRequestError:
        answer: Answer = Failure(Code.INVALID_REQUEST, "The body is not a SAML 1.1 request.")
    else:
        in_reply_to = asked.identifier
        question = Question(service=target, ticket=asked.ticket)

        def ask(request: HttpRequest, organisation: Organisation) -> Answer:
            return validating.validate(organisation, question, origin.of(request))

        answer = _safely(ask, request, organisation)
    envelope = saml11.render(
        answer,
        identifier=secrets.token_hex(16),
        recipient=target,
        issuer=absolute(organisation, f"/{organisation.slug}/cas"),
        now=clock.now(),
        in_reply_to=in_reply_to,
    )
    return HttpResponse(envelope, content_type=saml11.CONTENT_TYPE)
