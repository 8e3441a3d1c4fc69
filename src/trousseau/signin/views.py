"""Signing in and out."""

from collections.abc import Mapping
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau.accounts import device_cookies, reach
from trousseau.accounts.requests import VisitorRequest
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.signin.cas import journeys
from trousseau.signin.cas.journeys import Journey, Purpose
from trousseau.signin.cas.pages import sign_out_url
from trousseau.signin.cas.views import set_out
from trousseau.signin.forms import SignInForm
from trousseau.throttling.held import HeldError
from trousseau.ui import carried, waiting
from trousseau.ui.redirects import local_target, see_other
from trousseau.ui.visitor_pages import visitor_page


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Ask for username and password; `next` in the address says where to go afterwards.

    Where the organisation wishes so, the CAS server is asked first, without a word, whether the
    person is known there; such a page is not the same for everybody any more. With `renew` in the
    address it is not asked, and the button there has it ask for the password again.
    """
    if not (organisation.cas_url and organisation.cas_silent):
        return _ask(request, organisation)
    asks_again = "renew" in request.GET
    if request.method == "GET" and not asks_again and not journeys.was_tried(request):
        return set_out(organisation, Journey(request.GET.get("next", ""), Purpose.SILENT))
    response = _ask(request, organisation)
    response.visitor_page = False  # type: ignore[attr-defined]
    # The silent journey is over: the button of this page starts another one.
    return journeys.end(response, organisation)


@visitor_page
def _ask(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    if request.method != "POST":
        return _page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    name = form.cleaned_data["username"]
    where_from = origin.of(request)
    devices = device_cookies.presented(request)
    try:
        account = services.recognise(
            organisation, name, form.cleaned_data["password"], where_from, devices
        )
    except services.SignInRefusedError:
        form.refuse()
        return _refused(request, organisation, form)
    except HeldError as error:
        form.hold(error.until)
        response = _refused(request, organisation, form)
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        if error.until:
            response.headers["Retry-After"] = str(waiting.seconds_left(error.until))
        return response
    secret = services.welcome(request.session, account, devices, where_from)
    home = reverse("home", args=[organisation])
    response = see_other(local_target(request.GET.get("next", ""), home))
    device_cookies.put(request, response, account, secret)
    return response


def _refused(request: HttpRequest, organisation: Organisation, form: SignInForm) -> HttpResponse:
    """Show the form again; the page of recovery will know what was typed."""
    response = _page(request, form)
    name = form.cleaned_data["username"]
    carried.put(response, carried.USERNAME, name, reverse("recovery:ask", args=[organisation]))
    return response


@require_POST
@never_cache
def sign_out(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """End the session, have the browser forget what it kept (SES-11), and say from where.

    Whoever came through CAS is told that they are still signed in there.
    """
    came_through_cas = bool(organisation.cas_url and request.session.ticket)
    left = reach.names(request.session)
    services.close_session(request.session, request.session_account, origin.of(request))
    where = "signin:signed-out" if came_through_cas else "signin:sign-in"
    address = reverse(where, args=[organisation])
    response = see_other(address)
    if left:
        carried.put(response, carried.LEFT, ", ".join(left), address)
    response.headers["Clear-Site-Data"] = '"cache"'
    if organisation.cas_silent:
        journeys.mark_tried(response, organisation, None)
    return response


@require_safe
@visitor_page
def signed_out(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Say from where the person is signed out, from where not, and offer to sign out there too."""
    if not organisation.cas_url:
        raise Http404
    context = {"sign_out_url": sign_out_url(organisation)}
    return _with_what_was_left(request, "signin/signed-out.html", context)


def _page(request: HttpRequest, form: SignInForm) -> HttpResponse:
    context = {
        "form": form,
        "next": local_target(request.GET.get("next", ""), ""),
        "asks_again": "renew" in request.GET,
    }
    return _with_what_was_left(request, "signin/sign-in.html", context)


def _with_what_was_left(
    request: HttpRequest, template: str, context: Mapping[str, object]
) -> HttpResponse:
    """Say once which applications were left by signing out a moment ago."""
    left = carried.take(request, carried.LEFT)
    response = render(request, template, {**context, "left": left})
    if left:
        carried.drop(response, carried.LEFT, request.path)
    return response
