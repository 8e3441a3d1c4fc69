"""The WSGI application: Django, with the static files served beside it from memory."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trousseau.settings")


def build() -> WhiteNoise:
    """Return the application; every static file bears its digest, so it may be kept for ever."""
    django = get_wsgi_application()
    return WhiteNoise(
        django,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        immutable_file_test=lambda _, url: "staticfiles.json" not in url,
        max_age=0,
    )


application = build()
