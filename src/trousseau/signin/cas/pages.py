"""What to tell a person whom the CAS server did not bring in: what is wrong, and the way on."""

from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import protocol
from trousseau.signin.cas.validation import issuer
from trousseau.ui import link_secrets


class Trouble(NamedTuple):
    """A page: its status, its words, and whether trying again may help."""

    status: HTTPStatus
    heading: str | Promise
    sentence: str | Promise
    try_again: bool


_TELL = _("Give the reference below to the person who helps you here.")
TROUBLES = {
    "unreachable": Trouble(
        HTTPStatus.BAD_GATEWAY,
        _("%(cas)s does not answer"),
        _("Nothing is wrong with your account. Wait a few minutes, then try again."),
        try_again=True,
    ),
    "rubbish": Trouble(
        HTTPStatus.BAD_GATEWAY,
        _("Something is wrong at %(cas)s"),
        _("Its answer cannot be used, so nobody is signed in. Try again in a few minutes."),
        try_again=True,
    ),
    "busy": Trouble(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Many people are signing in right now"),
        _("Nothing is lost. Wait half a minute, then try again."),
        try_again=True,
    ),
    "refused": Trouble(
        HTTPStatus.FORBIDDEN,
        _("This sign-in is over"),
        _("It was used already, or it took too long. Try again: one press is often enough."),
        try_again=True,
    ),
    "cookies": Trouble(
        HTTPStatus.BAD_REQUEST,
        _("Your browser refuses cookies"),
        _("Without them nobody can stay signed in. Allow them for this site, then try again."),
        try_again=True,
    ),
    "service": Trouble(
        HTTPStatus.BAD_GATEWAY, _("%(cas)s does not know this site"), _TELL, try_again=False
    ),
    "nameless": Trouble(
        HTTPStatus.FORBIDDEN, _("%(cas)s does not say who you are"), _TELL, try_again=False
    ),
    "unknown": Trouble(
        HTTPStatus.FORBIDDEN,
        _("%(organisation)s does not know you yet"),
        _(
            "%(cas)s recognised you, but no account here is linked with yours. "
            "Give the reference below to the person who helps you here."
        ),
        try_again=False,
    ),
    "suspended": Trouble(
        HTTPStatus.FORBIDDEN,
        _("Your account is suspended"),
        _("%(cas)s recognised you, but only the school can open your account here again."),
        try_again=False,
    ),
    "inactive": Trouble(
        HTTPStatus.FORBIDDEN,
        _("Your account is not activated yet"),
        _("%(cas)s recognised you. Ask the school for your activation sheet."),
        try_again=False,
    ),
    "somebody-else": Trouble(
        HTTPStatus.FORBIDDEN,
        _("This is not your account"),
        _("You signed in to %(cas)s as somebody else. Sign out there, then start again."),
        try_again=False,
    ),
}


def trouble(
    request: HttpRequest, organisation: Organisation, why: str, *, to: str = "", reference: str = ""
) -> HttpResponse:
    """Say what is wrong and what to do; the ticket in the address goes no further."""
    page = TROUBLES[why]
    names = {"cas": organisation.cas_label, "organisation": organisation.name}
    context = {
        "heading": str(page.heading) % names,
        "sentence": str(page.sentence) % names,
        "try_again": page.try_again,
        "to": to,
        "reference": reference,
        "sign_out_url": sign_out_url(organisation),
    }
    response = render(request, "signin/cas-trouble.html", context, status=page.status)
    if page.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "30"
    return link_secrets.without_referrer(response)


def sign_out_url(organisation: Organisation) -> str:
    """Return where a person signs out of the CAS server, and from there comes back here.

    To an address under the one that is registered there: it knows no other one of ours.
    """
    back = absolute(organisation, reverse("signin:cas-left", args=[organisation]))
    return protocol.logout_url(issuer(organisation), back)
