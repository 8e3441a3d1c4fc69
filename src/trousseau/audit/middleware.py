"""Headers that only a proxy of ours may set."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.audit import origin


class ForwardedHeaders:
    """Take `X-Forwarded-…` off a request that did not come through a trusted proxy.

    First of all, so that nothing after it believes a visitor on who they are or on having come
    by https.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, without them."""
        if not origin.is_trusted(request.META.get("REMOTE_ADDR", "")):
            for name in [name for name in request.META if name.startswith("HTTP_X_FORWARDED_")]:
                del request.META[name]
        return self._get_response(request)
