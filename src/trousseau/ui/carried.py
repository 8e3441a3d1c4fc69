"""Carry what somebody typed to the next page, so that it need not be typed again (ACC-02).

A cookie of ten minutes, bound to the one page that reads it: a username in a URL would stay
in histories and logs.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

PREFIX = f"{settings.PATH_COOKIE_PREFIX}carried-"
USERNAME = f"{PREFIX}username"
REQUEST = f"{PREFIX}request"
CHANGED = f"{PREFIX}changed"
LEFT = f"{PREFIX}left"
LIFETIME_SECONDS = 600
MAX_LENGTH = 254


def put(response: HttpResponseBase, name: str, text: str, path: str) -> None:
    """Have the page at `path` find this text under one of the names above."""
    response.set_cookie(
        name,
        urlsafe_base64_encode(text[:MAX_LENGTH].encode()),
        max_age=LIFETIME_SECONDS,
        path=path,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def drop(response: HttpResponseBase, name: str, path: str) -> None:
    """Forget a text that has been shown."""
    response.delete_cookie(name, path=path, samesite="Lax")


def take(request: HttpRequest, name: str) -> str:
    """Return the text that the page before has put under this name, or nothing."""
    try:
        return urlsafe_base64_decode(request.COOKIES.get(name, "")).decode()[:MAX_LENGTH]
    except (ValueError, UnicodeDecodeError):
        return ""
