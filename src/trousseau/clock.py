"""The one seam through which the product reads the time, so that tests can travel."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return timezone.now()
