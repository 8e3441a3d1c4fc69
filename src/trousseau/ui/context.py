"""What every page may show besides its own subject."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the platform's name, the languages, and the organisation and account if any."""
    organisation = getattr(request, "organisation", None)
    return {
        "platform_name": settings.PLATFORM_NAME,
        "languages": organisation.offered_languages if organisation else settings.LANGUAGES,
        "language": request.LANGUAGE_CODE if hasattr(request, "LANGUAGE_CODE") else "fr",
        "organisation": organisation,
        "account": getattr(request, "account", None),
    }
