"""`/cas/login`: lead a person to an application with a ticket, through the sign-in page if need be.

The password itself is typed on the sign-in page and nowhere else, so that whatever guards that
page guards this way in too (SIG-08).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from trousseau.accounts import confirming
from trousseau.accounts.requests import VisitorRequest
from trousseau.accounts.session_store import SessionStore
from trousseau.audit import origin
from trousseau.cas_server import matching
from trousseau.cas_server.models import Service, SignOn
from trousseau.cas_server.services import issuing, registry, release, sign_ons
from trousseau.cas_server.views.login_request import LoginRequest
from trousseau.organisations.models import Organisation
from trousseau.ui.link_secrets import without_referrer
from trousseau.ui.redirects import onward, see_other


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@never_cache
def login(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Answer a login request (2.1), or take credentials that a form of ours was given (2.2)."""
    asked = LoginRequest.read(request)
    response = _answer(request, organisation, asked)
    response.headers["Pragma"] = "no-cache"
    return without_referrer(response)


def _answer(
    request: VisitorRequest, organisation: Organisation, asked: LoginRequest
) -> HttpResponse:
    if request.method == "POST" and "username" in request.POST:
        return _hand_over_credentials(organisation, asked)
    if not asked.service:
        return _without_service(request, organisation, asked)
    service = None if asked.repeated else registry.find(organisation, asked.service)
    if service is None:
        return _refusal(request, "unknown")
    if request.account is None:
        if asked.gateway:
            return see_other(asked.service)
        return asked.via_sign_in(organisation, again=service.renew_required)
    try:
        return _signed_in(request, organisation, asked, service)
    except sign_ons.NotSignedInError:
        return asked.via_sign_in(organisation)


def _signed_in(
    request: VisitorRequest, organisation: Organisation, asked: LoginRequest, service: Service
) -> HttpResponse:
    account = request.account
    if account is None:
        raise sign_ons.NotSignedInError
    sign_on = sign_ons.of_session(request.session, account)
    fresh = _is_fresh(request.session, sign_on, asked, organisation)
    if (asked.renew or service.renew_required) and not fresh:
        if asked.gateway:
            return see_other(asked.service)
        return asked.via_sign_in(organisation, again=True)
    try:
        issuing.check(service, account, origin.of(request))
    except (issuing.NotForThisPersonError, release.NoIdentifierError) as error:
        if asked.gateway:
            return see_other(asked.service)
        reason = "nameless" if isinstance(error, release.NoIdentifierError) else "not-for-you"
        return _refusal(request, reason, service)
    confirmed = request.method == "POST" and "open" in request.POST
    if confirmed:
        sign_ons.ask_each_time(sign_on, wanted="warn" in request.POST)
    elif asked.warn or (sign_on.warn and not fresh):
        if asked.gateway:
            return see_other(asked.service)
        return render(request, "cas_server/confirm.html", {"service": service, "asked": asked})
    wish = issuing.Wish(service, asked.service, account, sign_on)
    ticket = issuing.issue(wish, origin.of(request), from_credentials=fresh)
    return _deliver(request, asked, service, ticket)


def _is_fresh(
    session: SessionStore, sign_on: SignOn, asked: LoginRequest, organisation: Organisation
) -> bool:
    """Tell whether the password was typed for this very request, and for no ticket yet.

    A session that a CAS server's ticket opened proves no typing: that server may have let the
    person through on a session of its own. It counts when it was asked with `renew`.
    """
    sent_at = asked.sent_to_sign_in_at(organisation)
    typed = not session.ticket or confirming.is_fresh(session)
    return (
        typed
        and sent_at is not None
        and sign_on.authenticated_at >= sent_at
        and not sign_on.credentials_used
    )


def _deliver(
    request: HttpRequest, asked: LoginRequest, service: Service, ticket: str
) -> HttpResponse:
    if asked.method == "HEADER":
        return HttpResponse(headers={"service": asked.service, "ticket": ticket})
    if asked.method == "POST":
        context = {"service": service, "target": asked.service, "ticket": ticket}
        response = render(request, "cas_server/post.html", context)
        allow_form(response, asked.service)
        return response
    location = matching.with_ticket(asked.service, ticket)
    if asked.asked or request.method == "POST":
        return onward(request, location, service.name)
    return see_other(location)


def allow_form(response: HttpResponse, target: str) -> None:
    """Let the page's form go to this one address, and to what it leads to."""
    origins = [matching.parse(target).origin]
    response._csp_update = {"form-action": origins}  # type: ignore[attr-defined]  # noqa: SLF001 - django-csp's decorator sets it


def _hand_over_credentials(organisation: Organisation, asked: LoginRequest) -> HttpResponse:
    """Send the form on to the sign-in page as it is, which leads back here."""
    response = asked.via_sign_in(organisation)
    response.status_code = 307
    return response


def _without_service(
    request: VisitorRequest, organisation: Organisation, asked: LoginRequest
) -> HttpResponse:
    account = request.account
    if account is None:
        return asked.via_sign_in(organisation)
    if asked.renew and not _is_fresh(
        request.session, sign_ons.of_session(request.session, account), asked, organisation
    ):
        return asked.via_sign_in(organisation)
    services = registry.tiles(organisation, account)
    return render(request, "cas_server/signed-in.html", {"services": services})


def _refusal(request: HttpRequest, reason: str, service: Service | None = None) -> HttpResponse:
    """Say why no application is opened, and who can change that."""
    name = service.name if service else ""
    headings = {
        "unknown": _("This application is not registered"),
        "not-for-you": _("%(name)s is not open to you") % {"name": name},
        "nameless": _("%(name)s needs a detail that is missing") % {"name": name},
    }
    words = {
        "unknown": _(
            "For your safety, only applications that your school knows are opened from here."
        ),
        "not-for-you": _("Your school has kept this application for other people."),
        "nameless": _(
            "Your account lacks what the application knows people by. Your school can add it."
        ),
    }
    context = {"heading": headings[reason], "explanation": words[reason]}
    response = render(request, "cas_server/refusal.html", context, status=403)
    # `issuing.check` has said more than the status does.
    response.is_in_the_trail = service is not None  # type: ignore[attr-defined]
    return response
