"""What a request carries once the organisation's middlewares have seen it."""

from django.http import HttpRequest

from trousseau.organisations.models import Organisation


class TenantRequest(HttpRequest):
    """A request whose host is trusted; `organisation` is the one in its path, if any."""

    host_organisation: Organisation | None
    organisation: Organisation | None
