"""What `/cas/login` is asked, and the way back to it from the sign-in page."""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from trousseau import clock
from trousseau.cas_server import matching
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other

METHODS = ("GET", "POST", "HEADER")
SALT = "trousseau.cas_server.login"
# Long enough to look for a password, short enough that an old link proves nothing.
PATIENCE = timedelta(minutes=15)
# Which browser was sent to the sign-in page.
COOKIE = f"{settings.PATH_COOKIE_PREFIX}cas-login"
_BROWSER = re.compile(r"[\w-]{22}", re.ASCII)


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
    browser: str = ""

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
            browser=request.COOKIES.get(COOKIE, ""),
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

    def via_sign_in(self, organisation: Organisation, *, again: bool = False) -> HttpResponse:
        """Lead to the sign-in page, which leads back here with a mark of when it was.

        The mark tells a password typed for this request from one typed some time before: that
        is what `renew` asks for. It counts for this service and in this browser alone, which a
        cookie tells: nobody's link makes another person's typing count for an application that
        they have not asked for. `again`: the application wants it, even if this request does not.
        """
        known = _BROWSER.fullmatch(self.browser)
        asked = self if known else replace(self, browser=secrets.token_urlsafe(16))
        mark = signing.dumps([_mark(asked, organisation), clock.now().timestamp()], salt=SALT)
        target = replace(asked, asked=mark).at(organisation)
        sign_in = reverse("signin:sign-in", args=[organisation])
        values = {"next": target} | ({"renew": "true"} if self.renew or again else {})
        response = see_other(f"{sign_in}?{urlencode(values)}")
        response.set_cookie(
            COOKIE,
            asked.browser,
            max_age=PATIENCE,
            path=reverse("cas_server:login", args=[organisation]),
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def sent_to_sign_in_at(self, organisation: Organisation) -> datetime | None:
        """Return when this browser was led to the sign-in page for this service, if lately."""
        if not self.asked:
            return None
        try:
            mark, moment = signing.loads(self.asked, salt=SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        now = clock.now()
        at = datetime.fromtimestamp(moment, now.tzinfo)
        return at if mark == _mark(self, organisation) and at > now - PATIENCE else None


def _mark(asked: LoginRequest, organisation: Organisation) -> str:
    text = f"{organisation.pk}:{asked.browser}:{asked.service}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _merged(request: HttpRequest) -> QueryDict:
    values = request.POST.copy()
    values.update(request.GET)
    return values
