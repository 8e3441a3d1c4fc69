"""Refuse unsafe requests that another site makes a browser send (WEB-08, SIG-12).

Judged by what the browser itself says, `Sec-Fetch-Site` first and `Origin` after it, so that a
page needs no token and can be the same bytes for everybody. The decision and what was
rejected: docs/decisions/csrf-by-origin.md.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.ui import errors

log = logging.getLogger(__name__)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class CrossSiteRequestError(PermissionDenied):
    """Another site sent this request."""


class SameOrigin:
    """Let an unsafe request pass only when it comes from a page of this very origin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or answer 403."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """Judge before the view runs; a view marked `other_sites_may_post` judges for itself."""
        if (
            request.method in SAFE_METHODS
            or getattr(view, "other_sites_may_post", False)
            or is_same_origin(request)
        ):
            return None
        match = request.resolver_match
        log.warning("cross-site %s refused: %s", request.method, match and match.view_name)
        return errors.forbidden(request, CrossSiteRequestError())


def is_same_origin(request: HttpRequest) -> bool:
    """Tell whether the browser says that one of our own pages made this request.

    A client that sends neither header is no browser of this decade and carries no cookie that
    another site could ride on. `Origin: null` is what older browsers send from our pages that
    ask for no referrer: there the presence of a SameSite cookie of ours is the proof, since
    such a browser would not have sent it across sites.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    if origin == "null":
        return any(_is_ours(name) for name in request.COOKIES)
    return origin == f"{request.scheme}://{request.get_host()}"


def _is_ours(cookie: str) -> bool:
    return cookie == settings.SESSION_COOKIE_NAME or cookie.startswith(settings.LINK_COOKIE_PREFIX)
