"""The cookies by which a browser shows that it was trusted before, one for each account.

They are looked at when a password is posted and nowhere else, so every page stays the same for
everybody. A cookie's name says nothing about whose it is, and its secret opens nothing.
"""

import re

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.accounts.models import Account
from trousseau.accounts.services import trusted_devices
from trousseau.audit import origin

LABEL = re.compile(r"[0-9a-f]{16}")
# A family's worth on one tablet; beyond that the first ones are forgotten.
MOST_COOKIES = 12


def presented(request: HttpRequest) -> dict[str, str]:
    """Return the secrets that a browser shows, by the label of the account each is for."""
    prefix = settings.DEVICE_COOKIE_PREFIX
    shown = {
        name.removeprefix(prefix): secret
        for name, secret in request.COOKIES.items()
        if name.startswith(prefix) and LABEL.fullmatch(name.removeprefix(prefix))
    }
    return dict(list(shown.items())[-MOST_COOKIES:])


def put(request: HttpRequest, response: HttpResponseBase, account: Account, secret: str) -> None:
    """Have the browser show from now on that this account trusts it."""
    prefix = settings.DEVICE_COOKIE_PREFIX
    label = trusted_devices.label(account)
    response.set_cookie(
        prefix + label,
        secret,
        max_age=trusted_devices.LIFETIME,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    others = [one for one in presented(request) if one != label]
    for one in others[: max(0, len(others) - MOST_COOKIES + 1)]:
        response.delete_cookie(prefix + one, samesite="Lax")


def trust(request: HttpRequest, response: HttpResponseBase, account: Account) -> None:
    """Trust the browser in which the account's owner has just chosen a password.

    Every device is forgotten by then; this one must not wait for what others are held back for.
    """
    trusted = trusted_devices.trust(account, {}, origin.of(request))
    put(request, response, account, trusted.secret)
