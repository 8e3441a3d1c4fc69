"""Absolute addresses for mails: from the configuration, never from a request (REC-10)."""

from urllib.parse import urlsplit

from django.conf import settings

from trousseau.organisations.models import Organisation


def absolute(organisation: Organisation | None, path: str) -> str:
    """Return the full address of a path, on the organisation's own host where it has one."""
    base = urlsplit(settings.BASE_URL)
    host = organisation.hosts.order_by("pk").first() if organisation else None
    if host is None:
        return settings.BASE_URL + path
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{host.name}{port}{path}"
