"""The pages between us and the CAS server."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from trousseau.accounts.access import signed_in
from trousseau.accounts.models import Account
from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.accounts.services import sessions
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import endings, entering, journeys, protocol
from trousseau.signin.cas.journeys import Journey, Purpose
from trousseau.signin.cas.pages import trouble
from trousseau.signin.cas.validation import NotValidatedError, issuer, service
from trousseau.signin.steps import after
from trousseau.ui import link_secrets
from trousseau.ui.redirects import see_other


# No HEAD: whoever only looks at a link must not use up the ticket in it.
@require_http_methods(["GET", "POST"])
@never_cache
def cas(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Go to the CAS server; come back from it with a ticket; hear from it that a session ended."""
    if not organisation.cas_url:
        raise Http404
    if request.method == "POST":
        return _ended_there(request, organisation)
    journey = journeys.under_way(request, organisation)
    ticket = request.GET.get("ticket")
    if ticket is not None:
        return _come_back(request, organisation, journey, ticket)
    if "again" in request.GET:
        if journey is None:
            return trouble(request, organisation, "cookies")
        return set_out(organisation, journey)
    if journey and journey.purpose is Purpose.SILENT:
        return _to_form(organisation, journey)
    purpose = Purpose.RENEW if "renew" in request.GET else Purpose.SIGN_IN
    return set_out(organisation, Journey(request.GET.get("next", ""), purpose))


# The CAS server posts here when a session of its own ends. It proves itself by knowing the ticket,
# which only the person's browser, it and we have seen.
cas.other_sites_may_post = True  # type: ignore[attr-defined]


@require_GET
@signed_in
def confirm(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Have somebody without a password of ours sign in again where theirs is kept (PRO-01)."""
    if not organisation.cas_url or request.account.has_local_password:
        raise Http404
    return set_out(organisation, Journey(request.GET.get("next", ""), Purpose.CONFIRM))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Let a person say which account to open, or to stay in the one that is open."""
    present = request.session_account
    if present and "stay" in request.POST:
        entering.withdraw_choice(request.session)
        return see_other(reverse("home", args=[present.organisation]))
    choice = entering.choice_of(request.session, organisation)
    if choice is None:
        return see_other(reverse("signin:sign-in", args=[organisation]))
    wanted = request.POST.get("account", "")
    account = next((one for one in choice.accounts if one.public_id == wanted), None)
    if request.method != "POST" or account is None:
        context = {"choice": choice.accounts, "present": present}
        return render(request, "signin/cas-choose.html", context)
    return _enter(request, organisation, account, choice.digest, choice.journey)


@require_safe
def left(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Go on to the form after signing out of the CAS server."""
    return see_other(reverse("signin:sign-in", args=[organisation]))


def set_out(organisation: Organisation, journey: Journey) -> HttpResponse:
    """Send the browser to the CAS server, with the way back in its pocket."""
    where = protocol.login_url(
        issuer(organisation),
        service(organisation),
        renew=journey.purpose.asks_again,
        gateway=journey.purpose is Purpose.SILENT,
    )
    return journeys.begin(see_other(where), organisation, journey)


def _come_back(
    request: VisitorRequest, organisation: Organisation, journey: Journey | None, ticket: str
) -> HttpResponse:
    confirms = journey is not None and journey.purpose is Purpose.CONFIRM
    if journey is None or (confirms and request.account is None):
        # Not sent from here, or too long ago: the ticket may be somebody else's. A new round trip
        # brings one of this browser's own, once it has shown that it keeps cookies.
        again = reverse("signin:cas", args=[organisation]) + "?again=1"
        return _hidden(journeys.begin(see_other(again), organisation, Journey()))
    where_from = origin.of(request)
    try:
        accounts = entering.recognise(
            organisation, ticket, where_from, renew=journey.purpose.asks_again
        )
    except NotValidatedError as error:
        if journey.purpose is Purpose.SILENT:
            return _to_form(organisation, journey)
        return _refused(request, organisation, error, journey)
    digest = entering.ticket_digest(organisation, ticket)
    if confirms:
        return _confirmed(request, organisation, accounts, digest, journey)
    present = request.session_account
    if len(accounts) == 1 and present in {None, accounts[0]}:
        return _enter(request, organisation, accounts[0], digest, journey)
    try:
        entering.offer_choice(
            request.session, accounts, digest, journey, where_from, is_signed_in=present is not None
        )
    except NotValidatedError as error:
        return _refused(request, organisation, error, journey)
    response = see_other(reverse("signin:cas-choose", args=[organisation]))
    return _hidden(journeys.end(response, organisation))


def _enter(
    request: VisitorRequest,
    organisation: Organisation,
    account: Account,
    digest: str,
    journey: Journey,
) -> HttpResponse:
    try:
        step = entering.enter(request.session, account, digest, origin.of(request), journey)
    except NotValidatedError as error:
        return _refused(request, organisation, error, journey)
    where = after(step, organisation, journey.target(organisation))
    return _hidden(journeys.end(see_other(where), organisation))


def _confirmed(
    request: VisitorRequest,
    organisation: Organisation,
    accounts: list[Account],
    digest: str,
    journey: Journey,
) -> HttpResponse:
    account = request.account
    if account is None or account not in accounts:
        refusal = NotValidatedError("somebody-else")
        entering.refused(organisation, origin.of(request), refusal)
        return _refused(request, organisation, refusal, journey)
    try:
        entering.confirm(request.session, account, digest, origin.of(request))
    except NotValidatedError as error:
        return _refused(request, organisation, error, journey)
    where = journey.target(organisation)
    if account.protected_since:
        page = reverse("accounts:confirm-identity", args=[organisation])
        where = f"{page}?{urlencode({'next': where})}"
    return _hidden(journeys.end(see_other(where), organisation))


def _refused(
    request: VisitorRequest, organisation: Organisation, error: NotValidatedError, journey: Journey
) -> HttpResponse:
    """Say why nobody is let in; the next attempt is another journey."""
    page = trouble(request, organisation, error.why, to=journey.to, reference=error.reference)
    return journeys.end(page, organisation)


def _to_form(organisation: Organisation, journey: Journey) -> HttpResponse:
    where = reverse("signin:sign-in", args=[organisation])
    if journey.to:
        where += "?" + urlencode({"next": journey.to})
    response = see_other(where)
    journeys.mark_tried(response, organisation, journeys.TRIED_SECONDS)
    return _hidden(journeys.end(response, organisation))


def _ended_there(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """End the session of the ticket named, be it about to begin. Said twice, it changes nothing."""
    try:
        tickets = protocol.read_logout_request(request.POST.get("logoutRequest", ""))
    except protocol.RubbishError:
        return HttpResponse(status=400)
    for ticket in tickets[:1]:
        digest = entering.ticket_digest(organisation, ticket)
        endings.note(digest)
        sessions.end_by_ticket(digest, origin.of(request))
    return HttpResponse()


def _hidden(response: HttpResponse) -> HttpResponse:
    return link_secrets.without_referrer(response)
