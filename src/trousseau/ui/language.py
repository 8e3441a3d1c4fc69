"""Which language a page speaks.

The visitor's choice, else the account's, else the organisation's, else the browser's, each
only if it is one that the product speaks.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

# Browsers send less; what comes after is liked least.
LONGEST_ACCEPT_LANGUAGE = 200
SPOKEN = tuple(code for code, _ in settings.LANGUAGES)


class Language:
    """Speak the visitor's language from here on; `speak` refines it once more is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the language for the request and say it in the answer."""
        speak(request)
        response = self._get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def speak(request: HttpRequest, *preferences: str, offered: Sequence[str] = SPOKEN) -> None:
    """Activate the first language offered among the choice, the preferences and the browser's."""
    wanted = (
        request.COOKIES.get(settings.LANGUAGE_COOKIE, ""),
        *preferences,
        best_of_browser(request.headers.get("Accept-Language", "")),
    )
    code = next((code for code in wanted if code in offered), offered[0])
    translation.activate(code)
    request.LANGUAGE_CODE = code


def best_of_browser(accept_language: str) -> str:
    """Return the spoken language that the browser likes best, else the default."""
    return _best_of(accept_language[:LONGEST_ACCEPT_LANGUAGE])


# Anybody can send as many as they like: what is remembered of them stays within a few kilobytes.
@lru_cache(maxsize=64)
def _best_of(accept_language: str) -> str:
    for wanted, _ in parse_accept_lang_header(accept_language):
        code = wanted.split("-")[0]
        if code in SPOKEN:
            return code
    return str(settings.LANGUAGE_CODE)
