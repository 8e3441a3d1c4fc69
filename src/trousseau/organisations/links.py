"""Absolute addresses for mails: from the configuration, never from a request (REC-10)."""

from urllib.parse import urlsplit

from django.conf import settings

from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation


def absolute(organisation: Organisation | None, path: str) -> str:
    """Return the full address of a path, on the organisation's own host where it has one."""
    host = lookup.own_host(organisation) if organisation else ""
    if not host:
        return str(settings.BASE_URL) + path
    base = urlsplit(settings.BASE_URL)
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{host}{port}{path}"
