"""Headers that only a proxy of ours may set."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.audit import origin


class ForwardedHeaders:
    """First of all, forget what a visitor has forged of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, without them."""
        origin.forget_forged(request.META)
        return self._get_response(request)
