"""The content security policy, which is the same for nearly every answer (WEB-06)."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# What django-csp's decorators leave on an answer that needs another policy.
_OTHERWISE = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


class ContentPolicy(CSPMiddleware):
    """django-csp, but the usual policy is put together once instead of at every answer."""

    _usual = ""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set the header, whatever the status."""
        if any(hasattr(response, name) for name in _OTHERWISE):
            return super().process_response(request, response)
        self._usual = self._usual or build_policy()
        response.headers.setdefault(HEADER, self._usual)
        return response
