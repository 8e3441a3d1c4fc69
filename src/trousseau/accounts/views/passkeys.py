"""What the pages that deal with passkeys have in common."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.request import split_domain_port

from trousseau.accounts.services.passkeys import Place
from trousseau.organisations.models import Organisation


def place_of(request: HttpRequest, organisation: Organisation) -> Place:
    """Return where the page is seen: `TrustedHost` has made sure that the host is ours."""
    host, _ = split_domain_port(request.get_host())
    return Place(host, f"{request.scheme}://{request.get_host()}", organisation.name)


def to_browser(kind: str, options: dict[str, Any]) -> JsonResponse:
    """Answer the script, which asks the browser to `create` a passkey or to `get` one."""
    return JsonResponse({kind: options})
