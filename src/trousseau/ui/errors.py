"""Error pages: one sentence on what is wrong, one way on (ERR-01), and a reference to tell."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from trousseau import logs

log = logging.getLogger(__name__)
_TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 when more was sent than is ever needed."""
    if isinstance(exception, _TOO_LARGE):
        return page(
            request,
            413,
            _("That is too much at once"),
            _("What you sent is larger than this page accepts. Send a smaller photo or less text."),
        )
    return page(
        request,
        400,
        _("This request cannot be understood"),
        _("The address or what was sent with it is damaged. Start again from the first page."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    """403."""
    return page(
        request,
        403,
        _("This is not allowed"),
        _("The request came from another site or is not yours to make. Open the page again here."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    """404."""
    return page(
        request,
        404,
        _("This page does not exist"),
        _("The address may be incomplete, or the page has gone. Look for your membership."),
    )


def too_busy(request: HttpRequest) -> HttpResponse:
    """503, while more people sign in than the machine can check at once."""
    response = page(
        request,
        503,
        _("Many people are signing in right now"),
        _("Nothing is lost. Wait half a minute, then try again."),
    )
    response.headers["Retry-After"] = "30"
    return response


def server_error(_request: HttpRequest) -> HttpResponse:
    """500; the cause is in the log, and the page depends on nothing that may be broken."""
    context = {
        "platform_name": settings.PLATFORM_NAME,
        "languages": settings.LANGUAGES,
        "language": get_language(),
        "status": 500,
        "heading": _("Something went wrong on our side"),
        "explanation": _("It has been noted. Try again in a few minutes."),
        "reference": logs.request_reference(),
    }
    return HttpResponse(render_to_string("ui/error.html", context), status=500)


def page(request: HttpRequest, status: int, heading: str, explanation: str) -> HttpResponse:
    """Return an error page."""
    context: dict[str, Any] = {
        "status": status,
        "heading": heading,
        "explanation": explanation,
        "reference": logs.request_reference(),
    }
    return render(request, "ui/error.html", context, status=status)
