"""Pages and actions that belong to no room in particular."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from trousseau.ui.language import SPOKEN
from trousseau.ui.redirects import local_target, see_other

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language chosen, and go back to the page it was chosen on.

    An unknown language changes nothing.
    """
    response = see_other(local_target(request.POST.get("next", "/"), "/"))
    language = request.POST.get("language", "")
    if language in SPOKEN:
        response.set_cookie(
            settings.LANGUAGE_COOKIE,
            language,
            max_age=YEAR_SECONDS,
            path="/",
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
