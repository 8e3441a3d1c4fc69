"""Refuse a body that no page of ours asks for, before it is read."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.ui import errors
from trousseau.ui.language import speak


class BodyLimit:
    """Answer 413 to what announces more than `BODY_LIMIT` bytes (VAL-09)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the announced length alone: Django reads no further than it."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) <= settings.BODY_LIMIT:
            return self._get_response(request)
        speak(request)
        return errors.bad_request(request, RequestDataTooBig())
