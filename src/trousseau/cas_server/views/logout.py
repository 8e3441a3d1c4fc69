"""`/cas/logout`: end the session here, and with it what it has opened.

Applications of other sites lead people here, so that a page of any site may: that is the
protocol, and whoever is signed out reads so. A picture, a frame or a script never is a person who
wants to leave.
"""

from django.core.exceptions import PermissionDenied
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

    The session ends first, whatever is wrong with the rest, and whoever's it is: at another
    organisation of this host too, as the ordinary sign-out does (SES-05). The applications are
    told by a worker: the answer never waits for them.
    """
    if not _is_visit(request):
        raise PermissionDenied
    left = sign_ons.applications(request.session)
    close_session(request.session, request.session_account, origin.of(request))
    request.account = request.session_account = None
    request.actor_id = ""
    services = request.GET.getlist("service")
    target = services[0] if len(services) == 1 else ""
    if target and registry.find(organisation, target):
        response: HttpResponse = see_other(target)
    else:
        response = render(request, "cas_server/signed-out.html", {"left": left})
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_visit(request: VisitorRequest) -> bool:
    """Tell whether a browser goes to this page as a page, and not to look at it beforehand.

    Programs and browsers that do not say are taken at their word: our cookie is SameSite=Lax, and
    what other sites embed comes without it.
    """
    shown_as = request.headers.get("Sec-Fetch-Dest", "document")
    return shown_as == "document" and "prefetch" not in request.headers.get("Sec-Purpose", "")
