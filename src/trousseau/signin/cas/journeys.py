"""Remember, from leaving for the CAS server to coming back, where somebody was going and why.

A signed cookie of the return address alone. It is also the proof that this browser set out from
here. What is guaranteed (SES-14):

- a ticket that arrives without a journey under way is not used, whoever it belongs to;
- a journey ends with the first ticket that arrives, whatever becomes of it;
- the session of somebody signed in is never replaced by another person's without their press of a
  button: `views.choose` asks, and until it is answered they stay signed in.

What is not: where nobody is signed in, a browser that another site has sent on the way, and then
hands a ticket of its own, is signed in with that ticket. The protocol has no place for a nonce that
every CAS server accepts; the account's name stands on every page (docs/decisions/cas-client.md).
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import local_target

R = TypeVar("R", bound=HttpResponseBase)

COOKIE = f"{settings.PATH_COOKIE_PREFIX}cas"
TRIED = f"{settings.PATH_COOKIE_PREFIX}cas-tried"
# Long enough to choose a new password over there.
LIFETIME_SECONDS = 60 * 60
# A new attempt at silent sign-in waits this long after one that found nobody.
TRIED_SECONDS = 10 * 60
LONGEST_TARGET = 1500


class Purpose(StrEnum):
    """Why somebody went to the CAS server."""

    SIGN_IN = "sign-in"
    SILENT = "silent"
    CONFIRM = "confirm"
    # An application wants the password typed now, not some time ago.
    RENEW = "renew"

    @property
    def asks_again(self) -> bool:
        """Whether a session that goes on at the CAS server is not enough."""
        return self in {Purpose.CONFIRM, Purpose.RENEW}


@dataclass(frozen=True)
class Journey:
    """One round trip: where to go afterwards (empty: home), and why it was made."""

    to: str = ""
    purpose: Purpose = Purpose.SIGN_IN

    def target(self, organisation: Organisation) -> str:
        """Return where to go afterwards, one of our own pages whatever the cookie says."""
        return local_target(self.to, reverse("home", args=[organisation]))


def begin(response: R, organisation: Organisation, journey: Journey) -> R:
    """Have the browser remember the journey."""
    kept = journey if len(journey.to) <= LONGEST_TARGET else Journey(purpose=journey.purpose)
    text = signing.dumps(asdict(kept), salt=_salt(organisation), compress=True)
    _put(response, COOKIE, text, reverse("signin:cas", args=[organisation]), LIFETIME_SECONDS)
    if journey.purpose is Purpose.SILENT:
        # Set on leaving: should the CAS server be down, the way back leads to our form.
        mark_tried(response, organisation, TRIED_SECONDS)
    return response


def under_way(request: HttpRequest, organisation: Organisation) -> Journey | None:
    """Return the journey that this browser set out on, if it did and not too long ago."""
    try:
        kept = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_salt(organisation), max_age=LIFETIME_SECONDS
        )
        return Journey(kept["to"], Purpose(kept["purpose"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


def end(response: R, organisation: Organisation) -> R:
    """Have the browser forget the journey."""
    path = reverse("signin:cas", args=[organisation])
    response.delete_cookie(COOKIE, path=path, samesite="Lax")
    return response


def mark_tried(response: HttpResponseBase, organisation: Organisation, seconds: int | None) -> None:
    """Ask the CAS server nothing in silence for a while; None: until the browser is closed."""
    _put(response, TRIED, "1", reverse("signin:sign-in", args=[organisation]), seconds)


def was_tried(request: HttpRequest) -> bool:
    """Tell whether silent sign-in was tried a moment ago, or is not wanted."""
    return TRIED in request.COOKIES


def _put(response: HttpResponseBase, name: str, value: str, path: str, seconds: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _salt(organisation: Organisation) -> str:
    return f"trousseau.signin.cas:{organisation.slug}"
