"""What must be known of a request before anything else, and what is noted after everything."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau import logs, tokens
from trousseau.audit import origin, refusals
from trousseau.audit.tags import Tag

HEADER = "X-Request-Id"
_NOTED: dict[int, Tag] = {
    HTTPStatus.BAD_REQUEST: Tag.INPUT_REFUSED,
    HTTPStatus.FORBIDDEN: Tag.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Tag.INPUT_REFUSED,
    HTTPStatus.INTERNAL_SERVER_ERROR: Tag.UNEXPECTED_ERROR,
}


class RequestReference:
    """Give each request a short reference: in its answer, its events and its lines of the log.

    A page that caches may keep for everybody bears none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and say its reference with the answer."""
        reference = tokens.reference()
        with logs.of_request(reference):
            response = self._get_response(request)
        if "public" not in response.headers.get("Cache-Control", ""):
            response.headers[HEADER] = reference
        return response


class ForwardedHeaders:
    """Before anything believes it, forget what a visitor has forged of a proxy's headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, without them."""
        origin.forget_forged(request.META)
        return self._get_response(request)


class Refusals:
    """Note what was refused to a request, whoever refused it, and what went wrong with it.

    Refused authorisations (LOG-03), attempts to get past what forms allow, unexpected errors.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and look at the status of the answer."""
        response = self._get_response(request)
        tag = _NOTED.get(response.status_code)
        if tag and not getattr(response, "is_in_the_trail", False):
            match = request.resolver_match
            organisation = getattr(request, "organisation", None)
            refusals.note(
                tag,
                origin.of(request),
                organisation=organisation.slug if organisation else "",
                page=(match and match.view_name) or "",
                method=request.method or "",
                status=response.status_code,
            )
        return response
