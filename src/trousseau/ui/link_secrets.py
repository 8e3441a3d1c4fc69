"""Move the secret of a mailed link out of the address bar, into a cookie of its own.

A secret left in a URL stays in histories, logs and `Referer`s (REC-11). Each link has its own
cookie, named after a short label that is no secret: so the links of three children open in
three tabs of one browser at the same moment and never overwrite each other, as one shared
session would (docs/decisions/link-cookies.md).

The cookie goes with the browser, and opens nothing an hour after the link was followed: on a
shared computer the page's address stays in the history, and must not be enough.
"""

import re
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from trousseau import clock

R = TypeVar("R", bound=HttpResponseBase)

LABEL = re.compile(r"[0-9a-f]{16}")
# A family's worth; an older one is asked for again by opening its mail.
MOST_COOKIES = 12
LIFETIME = timedelta(minutes=60)


def moved(request: HttpRequest, secret: str, label: str, path: str) -> HttpResponseRedirect:
    """Redirect (303) to `path?link=label`, with the secret in a cookie bound to that path.

    The cookie has no `Max-Age`: the browser forgets it when it is closed.
    """
    name = settings.LINK_COOKIE_PREFIX + label
    response = HttpResponseRedirect(f"{path}?link={label}")
    response.status_code = 303
    response.set_cookie(
        name,
        _signer(label).sign(f"{int(clock.now().timestamp())}:{secret}"),
        path=path,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    prefix = settings.LINK_COOKIE_PREFIX
    others = [one for one in request.COOKIES if one.startswith(prefix) and one != name]
    for one in others[: max(0, len(others) - MOST_COOKIES + 1)]:
        response.delete_cookie(one, path=path, samesite="Lax")
    return without_referrer(response)


def presented(request: HttpRequest) -> str:
    """Return the secret of the link that this page's address names, or nothing.

    Nothing either when the link was followed too long ago: it must be followed anew.
    """
    label = request.GET.get("link", "")
    if not LABEL.fullmatch(label):
        return ""
    try:
        cookie = _signer(label).unsign(request.COOKIES.get(settings.LINK_COOKIE_PREFIX + label, ""))
    except BadSignature:
        return ""
    followed_at, _, secret = cookie.partition(":")
    age = timedelta(seconds=clock.now().timestamp() - int(followed_at))
    return secret if age < LIFETIME else ""


def without_referrer(response: R) -> R:
    """Keep the page out of caches and its address out of `Referer`s."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _signer(label: str) -> Signer:
    # Django's TimestampSigner reads a clock of its own. One link's cookie is none for another.
    return Signer(salt=f"{__name__}:{label}")
