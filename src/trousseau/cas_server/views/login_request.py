"""What `/cas/login` is asked, and the way back to it from the sign-in page."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from trousseau import clock
from trousseau.cas_server import matching
from trousseau.organisations.models import Organisation

METHODS = ("GET", "POST", "HEADER")
SALT = "trousseau.cas_server.login"
# Long enough to look for a password, short enough that an old link proves nothing.
PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class LoginRequest:
    """The parameters of the specification (2.1.1); for the flags, being there is what counts."""

    service: str = ""
    renew: bool = False
    gateway: bool = False
    warn: bool = False
    method: str = "GET"
    asked: str = ""
    repeated: bool = False

    @classmethod
    def read(cls, request: HttpRequest) -> "LoginRequest":
        """Return what is asked, by query or by form.

        `gateway` counts neither beside `renew` nor without a service.
        """
        values = request.GET if "service" in request.GET else _merged(request)
        service = matching.without_ticket(values.get("service", ""))
        renew = "renew" in values
        method = values.get("method", "")
        return cls(
            service=service,
            renew=renew,
            gateway="gateway" in values and not renew and bool(service),
            warn="warn" in values,
            method=method if method in METHODS else "GET",
            asked=values.get("asked", ""),
            repeated=len(values.getlist("service")) > 1,
        )

    def at(self, organisation: Organisation) -> str:
        """Return the address that asks the same."""
        values = {"service": self.service} if self.service else {}
        values |= {flag: "true" for flag in ("renew", "gateway", "warn") if getattr(self, flag)}
        if self.method != "GET":
            values["method"] = self.method
        if self.asked:
            values["asked"] = self.asked
        query = f"?{urlencode(values)}" if values else ""
        return reverse("cas_server:login", args=[organisation]) + query

    def via_sign_in(self, organisation: Organisation, *, again: bool = False) -> str:
        """Return the sign-in page's address, which leads back here with a mark of when it was.

        The mark tells a password typed for this request from one typed some time before: that
        is what `renew` asks for. `again`: the application wants it, even if this request does not.
        """
        mark = signing.dumps([self._mark(organisation), clock.now().timestamp()], salt=SALT)
        target = replace(self, asked=mark).at(organisation)
        sign_in = reverse("signin:sign-in", args=[organisation])
        values = {"next": target} | ({"renew": "true"} if self.renew or again else {})
        return f"{sign_in}?{urlencode(values)}"

    def sent_to_sign_in_at(self, organisation: Organisation) -> datetime | None:
        """Return when this very request led to the sign-in page, if that was not long ago."""
        if not self.asked:
            return None
        try:
            mark, moment = signing.loads(self.asked, salt=SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        now = clock.now()
        at = datetime.fromtimestamp(moment, now.tzinfo)
        return at if mark == self._mark(organisation) and at > now - PATIENCE else None

    def _mark(self, organisation: Organisation) -> str:
        return hashlib.sha256(f"{organisation.pk}:{self.service}".encode()).hexdigest()[:16]


def _merged(request: HttpRequest) -> QueryDict:
    values = request.POST.copy()
    values.update(request.GET)
    return values
