"""The applications of an organisation, for its administrators."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from xml.etree import ElementTree as ET

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau import clock
from trousseau.accounts.access import signed_in
from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.audit import origin
from trousseau.cas_server.forms import AddServiceForm, ChangeServiceForm
from trousseau.cas_server.models import Service
from trousseau.cas_server.profiles import PROFILES, new_service
from trousseau.cas_server.protocol import as_xml
from trousseau.cas_server.protocol.answers import SignInFacts, Success
from trousseau.cas_server.services import applications, registry, release
from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, Organisation, P], HttpResponse]
Guarded = Callable[Concatenate[VisitorRequest, Organisation, P], HttpResponse]


def administrators(view: View[P]) -> Guarded[P]:
    """Let only the organisation's administrators pass."""

    @wraps(view)
    def guarded(
        request: SignedInRequest,
        /,
        organisation: Organisation,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> HttpResponse:
        if not applications.may_manage(request.account):
            raise PermissionDenied
        return view(request, organisation, *args, **kwargs)

    return signed_in(cast("View[P]", guarded))


def _service(organisation: Organisation, public_id: str, *, own: bool = False) -> Service:
    service = applications.find(organisation, public_id)
    if service is None or (own and not applications.is_own(organisation, service)):
        raise Http404
    return service


@require_safe
@administrators
def list_(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Show the applications, and what can be added."""
    services = applications.all_of(organisation)
    context = {
        "own": [one for one in services if applications.is_own(organisation, one)],
        "shared": [one for one in services if not applications.is_own(organisation, one)],
        "profiles": PROFILES.values(),
        "cas_url": absolute(organisation, f"/{organisation.slug}/cas"),
    }
    return render(request, "cas_server/applications.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def add(request: SignedInRequest, organisation: Organisation, key: str) -> HttpResponse:
    """Add an application from a profile."""
    profile = PROFILES.get(key)
    if profile is None:
        raise Http404
    form = AddServiceForm(
        organisation, profile, request.POST or None, instance=new_service(profile)
    )
    if request.method == "POST" and (service := _kept(request, organisation, form)):
        messages.success(request, _("%(name)s is registered.") % {"name": service.name})
        return see_other(reverse("applications:test", args=[organisation, service.public_id]))
    context = {"form": form, "profile": profile}
    return render(request, "cas_server/add.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators
def change(request: SignedInRequest, organisation: Organisation, public_id: str) -> HttpResponse:
    """Change everything about an application of one's own."""
    service = _service(organisation, public_id, own=True)
    form = ChangeServiceForm(
        organisation, request.POST or None, request.FILES or None, instance=service
    )
    if request.method == "POST" and _kept(request, organisation, form):
        messages.success(request, _("Saved."))
        return see_other(reverse("applications:change", args=[organisation, public_id]))
    context = {"form": form, "service": service}
    return render(request, "cas_server/change.html", context)


@require_safe
@administrators
def test(request: SignedInRequest, organisation: Organisation, public_id: str) -> HttpResponse:
    """Show exactly what the application would be told about the one who asks."""
    service = _service(organisation, public_id)
    account = request.account
    context: dict[str, Any] = {
        "service": service,
        "is_own": applications.is_own(organisation, service),
        "may_use": registry.may_use(service, account),
        "cas_url": absolute(organisation, f"/{organisation.slug}/cas"),
    }
    try:
        told = release.released(service, account)
    except release.NoIdentifierError:
        return render(request, "cas_server/test.html", context)
    answer = Success(told.user, told.attributes, SignInFacts(clock.now(), from_new_login=False))
    document = ET.fromstring(as_xml.render(answer))  # noqa: S314 - we have just written it
    ET.indent(document)
    ET.register_namespace("cas", as_xml.NAMESPACE)
    context |= {"told": told, "answer": ET.tostring(document, encoding="unicode")}
    return render(request, "cas_server/test.html", context)


@require_POST
@administrators
def remove(request: SignedInRequest, organisation: Organisation, public_id: str) -> HttpResponse:
    """Remove an application, once it is sure."""
    service = _service(organisation, public_id, own=True)
    if "sure" not in request.POST:
        return render(request, "cas_server/remove.html", {"service": service})
    applications.remove(organisation, service, origin.of(request))
    messages.success(request, _("%(name)s is removed.") % {"name": service.name})
    return see_other(reverse("applications:list", args=[organisation]))


@require_safe
@signed_in
def logo(request: SignedInRequest, organisation: Organisation, public_id: str) -> HttpResponse:
    """The application's logo, re-encoded when it was set."""
    service = _service(organisation, public_id)
    if not service.logo:
        raise Http404
    with service.logo.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/webp")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _kept(
    request: SignedInRequest,
    organisation: Organisation,
    form: AddServiceForm | ChangeServiceForm,
) -> Service | None:
    """Keep what the form says, or have the form say why not."""
    if not form.is_valid():
        return None
    service = form.save(commit=False)
    service.roles = form.cleaned_data["roles"]
    try:
        return applications.keep(
            organisation,
            service,
            origin.of(request),
            schools=form.cleaned_data.get("schools"),
            classes=form.cleaned_data.get("classes"),
            logo=form.cleaned_data.get("logo_file"),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
