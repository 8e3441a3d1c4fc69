"""Refuse what no page of ours asks for, before it is read: too large, or in strange letters."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.response import HttpResponseBase

from trousseau.ui import errors
from trousseau.ui.language import speak

V = TypeVar("V", bound=Callable[..., Any])

USUAL: int = settings.BODY_LIMIT
WITH_FILES: int = settings.BODY_LIMIT_WITH_FILES

# What browsers send: a type, and parameters without the encodings of RFC 2231.
_LONGEST_CONTENT_TYPE = 300
_TOKEN = r"[\w!#$&^.+-]+"  # noqa: S105 - of a header's grammar
_PARAMETER = rf'\s*;\s*({_TOKEN})=({_TOKEN}|"[^"\\\x00-\x1f]*")'
_CONTENT_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?:{_PARAMETER})*\s*;?\s*", re.ASCII)
_PARAMETERS = re.compile(_PARAMETER, re.ASCII)
_CHARSETS = {"utf-8", "utf8", "us-ascii"}


def takes_files(view: V) -> V:
    """Mark a view whose form has a file in it: whoever brings a session may send more there."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def announced(environ: Mapping[str, Any]) -> int | None:
    """Return the announced length of a body, or None if it is no number."""
    text = environ.get("CONTENT_LENGTH") or "0"
    # No more digits than any length here has: turning them into a number costs their square.
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def most(cookies: str) -> int:
    """Return how much anybody with these cookies may send anywhere."""
    return WITH_FILES if settings.SESSION_COOKIE_NAME in parse_cookie(cookies) else USUAL


def is_understood(content_type: str) -> bool:
    """Tell whether a Content-Type is well formed and names no letters but UTF-8 (or ASCII).

    Python knows character sets whose decoding takes the square of the length (punycode), and
    some that are none (base64): a browser never names one.
    """
    if not content_type:
        return True
    if len(content_type) > _LONGEST_CONTENT_TYPE or not _CONTENT_TYPE.fullmatch(content_type):
        return False
    named = {
        value.strip('"').lower()
        for name, value in _PARAMETERS.findall(content_type)
        if name.lower() == "charset"
    }
    return named <= _CHARSETS


class BodyLimit:
    """Answer 413 to what announces too much (VAL-09), 400 to what is not in UTF-8."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the headers alone: Django reads no further than the announced length."""
        if request.encoding:
            request.encoding = "utf-8"
        length = announced(request.META)
        refusal: Exception | None = None
        if length is None or length > most(request.META.get("HTTP_COOKIE", "")):
            refusal = RequestDataTooBig()
        elif not is_understood(request.META.get("CONTENT_TYPE", "")):
            refusal = BadRequest()
        if refusal is None:
            return self._get_response(request)
        speak(request)
        response = errors.bad_request(request, refusal)
        # Django's own middleware, which would say it, comes after.
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """Let more than usual pass only to a view that `takes_files`."""
        if (announced(request.META) or 0) <= USUAL or getattr(view, "takes_files", False):
            return None
        return errors.bad_request(request, RequestDataTooBig())
