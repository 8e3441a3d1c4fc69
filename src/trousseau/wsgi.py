"""The WSGI application: Django, with the static files served beside it from memory."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from trousseau.ui.body_limit import is_understood

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trousseau.settings")


def build() -> WhiteNoise:
    """Return the application; every static file bears its digest, so it may be kept for ever."""
    return WhiteNoise(
        _sober(get_wsgi_application()),
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        immutable_file_test=lambda _, url: "staticfiles.json" not in url,
        max_age=0,
    )


def _sober(django: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Keep a strange Content-Type from Django, which decodes by it before any middleware runs."""

    def application(environ: dict[str, Any], start_response: object) -> Iterable[bytes]:
        if not is_understood(environ.get("CONTENT_TYPE", "")):
            # What `BodyLimit` answers with a page of ours.
            environ["CONTENT_TYPE"] = "?"
        return django(environ, start_response)

    return application


application = build()
