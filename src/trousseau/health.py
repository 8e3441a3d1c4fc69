"""Probes for load balancers and supervisors: no session, no tenant, no detail for strangers."""

import logging

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database and cache can be reached, else 503 with the cause in the log."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM mail_message LIMIT 1")
        cache.get("ready")
    except Exception:
        log.exception("not ready")
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
