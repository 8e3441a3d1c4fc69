"""Which host is trusted, and which organisation a request belongs to (TEN-01)."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation
from trousseau.ui import errors
from trousseau.ui.language import speak


class TrustedHost:
    """Refuse a request for a host that is neither the platform's nor an organisation's.

    Nothing is ever built from the request's host, but a page or a cache in between must not
    be fooled either (REC-10).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set `host_organisation`, or answer 400."""
        host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
        owner = None
        # Probes of a load balancer speak to the machine, not to a name, and want an answer
        # while the database is away.
        is_probe = request.path_info.startswith("/health/")
        if host not in settings.PLATFORM_HOSTS and not is_probe:
            owner = lookup.by_host(host) if host else None
            if owner is None:
                speak(request)
                response = errors.bad_request(request, SuspiciousOperation("untrusted host"))
                # Django's own middleware would say it, but builds a redirect from the host.
                response.headers["X-Content-Type-Options"] = "nosniff"
                return response
        request.host_organisation = owner  # type: ignore[attr-defined]
        return self._get_response(request)


class Tenant:
    """Bind the request to the organisation in its path, under a host that may serve it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]
    ) -> None:
        """Set `organisation`; under an organisation's own host every other one is absent."""
        owner: Organisation | None = request.host_organisation  # type: ignore[attr-defined]
        organisation = kwargs.get("organisation")
        if isinstance(organisation, Organisation):
            if owner and owner.pk != organisation.pk:
                raise Http404
            request.organisation = organisation  # type: ignore[attr-defined]
            account = request.account  # type: ignore[attr-defined]
            if account and account.organisation_id != organisation.pk:
                # Signed in next door: a stranger here, whom this trail does not name.
                account = request.account = request.user = None  # type: ignore[assignment,attr-defined]
                request.actor_id = request.actor_role = ""  # type: ignore[attr-defined]
            speak(
                request,
                account.language if account else "",
                organisation.language,
                offered=[code for code, _ in organisation.offered_languages],
            )
