"""Move the secret of a mailed link out of the address bar, into a cookie of its own.

A secret left in a URL stays in histories, logs and `Referer`s (REC-11). Each link has its own
cookie, named after a short label that is no secret: so the links of three children open in
three tabs of one browser at the same moment and never overwrite each other, as one shared
session would (docs/decisions/link-cookies.md).
"""

import re
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)

LABEL = re.compile(r"[0-9a-f]{16}")
# A family's worth; an older one is asked for again by opening its mail.
MOST_COOKIES = 12
LIFETIME_SECONDS = 24 * 60 * 60


def moved(request: HttpRequest, secret: str, label: str, path: str) -> HttpResponseRedirect:
    """Redirect (303) to `path?link=label`, with the secret in a cookie bound to that path."""
    response = HttpResponseRedirect(f"{path}?link={label}")
    response.status_code = 303
    response.set_cookie(
        settings.LINK_COOKIE_PREFIX + label,
        secret,
        max_age=LIFETIME_SECONDS,
        path=path,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    others = [name for name in request.COOKIES if name.startswith(settings.LINK_COOKIE_PREFIX)]
    for name in others[: max(0, len(others) - MOST_COOKIES + 1)]:
        response.delete_cookie(name, path=path, samesite="Lax")
    return without_referrer(response)


def presented(request: HttpRequest) -> str:
    """Return the secret of the link that this page's address names, or nothing."""
    label = request.GET.get("link", "")
    if not LABEL.fullmatch(label):
        return ""
    return request.COOKIES.get(settings.LINK_COOKIE_PREFIX + label, "")


def without_referrer(response: R) -> R:
    """Keep the page out of caches and its address out of `Referer`s."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store, private"
    return response
