"""`/cas/logout`: end the session here, and with it what it has opened."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from trousseau.accounts.requests import VisitorRequest
from trousseau.audit import origin
from trousseau.cas_server.services import registry, sign_ons
from trousseau.organisations.models import Organisation
from trousseau.signin.services import close_session
from trousseau.ui.redirects import see_other


@require_http_methods(["GET", "POST"])
@never_cache
def logout(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Sign out (2.3), then go to `service` if it is registered; `url` means nothing.

    The applications are told by a worker: the answer never waits for them.
    """
    left: list[str] = []
    account = request.account
    if account:
        left = sign_ons.applications(request.session)
        close_session(request.session, account, origin.of(request))
        request.account = None
        request.actor_id = ""
    services = request.GET.getlist("service")
    target = services[0] if len(services) == 1 else ""
    if target and registry.find(organisation, target):
        response: HttpResponse = see_other(target)
    else:
        response = render(request, "cas_server/signed-out.html", {"left": left})
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
