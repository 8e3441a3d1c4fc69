"""Signing in and out."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau.accounts.requests import VisitorRequest
from trousseau.audit import origin
from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.signin.forms import SignInForm
from trousseau.ui import carried
from trousseau.ui.redirects import local_target, see_other
from trousseau.ui.visitor_pages import visitor_page


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def sign_in(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Ask for username and password; `next` in the address says where to go afterwards."""
    if request.method != "POST":
        return _page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    name = form.cleaned_data["username"]
    where_from = origin.of(request)
    try:
        account = services.recognise(organisation, name, form.cleaned_data["password"], where_from)
    except services.SignInRefusedError:
        form.refuse()
        response = _page(request, form)
        carried.put(response, carried.USERNAME, name, reverse("recovery:ask", args=[organisation]))
        return response
    services.open_session(request.session, account, where_from)
    home = reverse("home", args=[organisation])
    return see_other(local_target(request.GET.get("next", ""), home))


@require_safe
def sign_in_through_cas(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Send the person to the organisation's CAS server."""
    if not organisation.cas_url:
        raise Http404
    service = absolute(organisation, request.path)
    login = f"{organisation.cas_url.rstrip('/')}/login?{urlencode({'service': service})}"
    return see_other(login)


@require_POST
@never_cache
def sign_out(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """End the session, and have the browser forget what it kept (SES-11)."""
    services.close_session(request.session, request.session_account, origin.of(request))
    response = see_other(reverse("signin:sign-in", args=[organisation]))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _page(request: HttpRequest, form: SignInForm) -> HttpResponse:
    return render(request, "signin/sign-in.html", {"form": form})
