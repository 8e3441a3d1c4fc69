"""The picker, and what an organisation looks like."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from trousseau.organisations import look, picker
from trousseau.organisations.models import Organisation
from trousseau.organisations.requests import TenantRequest
from trousseau.ui.redirects import see_other
from trousseau.ui.visitor_pages import visitor_page

YEAR = "public, max-age=31536000, immutable"


@require_safe
@visitor_page
def pick(request: TenantRequest) -> HttpResponse:
    """Let a visitor find their membership; under an organisation's own host, go straight there."""
    owner = request.host_organisation
    if owner:
        return see_other(reverse("home", args=[owner]))
    query = request.GET.get("q", "")
    results = picker.search(query)
    context = {"query": query[: picker.MAX_QUERY], "results": results}
    return render(request, "organisations/pick.html", context)


@require_safe
def memberships(request: HttpRequest) -> JsonResponse:
    """The picker's search as data, for the page's script."""
    found = picker.search(request.GET.get("q", ""))
    response = JsonResponse([one.as_suggestion() for one in found], safe=False)
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
def stylesheet(request: HttpRequest, organisation: Organisation, digest: str) -> HttpResponse:
    """The product's stylesheet in the organisation's colour; its address changes with it."""
    sheet = look.sheet(organisation.colour)
    if digest != sheet.digest:
        return see_other(reverse("stylesheet", args=[organisation, sheet.digest]))
    packed = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    response = HttpResponse(sheet.packed if packed else sheet.plain, content_type="text/css")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = YEAR
    return response


@require_safe
def logo(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The organisation's logo, re-encoded when it was set."""
    if not organisation.logo:
        raise Http404
    with organisation.logo.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
