"""Add a second factor: from the settings, or on the way in where one is required.

Whoever is on the way in has no session yet: only the password was shown (`accounts.pending`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.contrib.sessions.backends.base import CreateError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau.accounts import confirming, device_cookies, pending
from trousseau.accounts.devices import device_name
from trousseau.accounts.factor_forms import CodeAppForm, NameForm
from trousseau.accounts.models import Account
from trousseau.accounts.pending import Pending, Stage
from trousseau.accounts.requests import VisitorRequest
from trousseau.accounts.services import code_apps, factors, passkeys, saved_codes
from trousseau.accounts.session_store import VERIFIED
from trousseau.accounts.views.passkeys import place_of, to_browser
from trousseau.accounts.words import too_soon
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import local_target, see_other


@dataclass(frozen=True)
class Adder:
    """Who adds a factor; `waiting` where they are on the way in."""

    account: Account
    waiting: Pending | None

    @property
    def most(self) -> int:
        """How many factors they may have in all: whoever has shown none adds the first one only."""
        return 1 if self.waiting else factors.MOST


View = Callable[[VisitorRequest, Organisation, Adder], HttpResponse]
Guarded = Callable[[VisitorRequest, Organisation], HttpResponse]


def adders(view: View) -> Guarded:
    """Let pass who is on the way in and must set a factor up, and who has just proved who they are.

    The others sign in, show the factor they have, or prove anew who they are.
    """

    @never_cache
    @wraps(view)
    def guarded(request: VisitorRequest, /, organisation: Organisation) -> HttpResponse:
        waiting = pending.of(request.session, organisation)
        if waiting and waiting.stage is Stage.SHOW:
            return see_other(reverse("signin:second-step", args=[organisation]))
        if waiting:
            return view(request, organisation, Adder(waiting.account, waiting))
        account = request.account
        if account is None:
            return see_other(reverse("signin:sign-in", args=[organisation]))
        if not confirming.is_fresh(request.session):
            back = reverse("accounts:second-step", args=[organisation])
            return see_other(confirming.where(account, back))
        return view(request, organisation, Adder(account, None))

    return guarded


@require_safe
@adders
def set_up(request: VisitorRequest, organisation: Organisation, adder: Adder) -> HttpResponse:
    """Say on the way in why a second step is needed, and let the person choose which."""
    if adder.waiting is None:
        return see_other(reverse("accounts:second-step", args=[organisation]))
    account = adder.account
    context = {
        "place": place_of(request, organisation),
        "opens_others": account.is_operator or account.is_helper(),
    }
    return render(request, "accounts/set-up-second-step.html", context)


@require_POST
@adders
def start_app(request: VisitorRequest, organisation: Organisation, adder: Adder) -> HttpResponse:
    """Begin to set an application up."""
    try:
        code_apps.begin(request.session, adder.account)
    except factors.TooManyFactorsError:
        return see_other(_choice(organisation, adder))
    return see_other(reverse("accounts:code-app", args=[organisation]))


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@adders
def code_app(request: VisitorRequest, organisation: Organisation, adder: Adder) -> HttpResponse:
    """Show the QR code, and take the first code of the application."""
    app = code_apps.begun(request.session, adder.account)
    if app is None:
        return see_other(_choice(organisation, adder))
    form = CodeAppForm(request.POST or None, initial={"name": _("My application")})
    if form.is_valid():
        code = "".join(form.cleaned_data["code"].split())
        name = form.cleaned_data["name"] or _("My application")
        where_from = origin.of(request)
        try:
            if code_apps.finish(
                request.session, adder.account, code, name=name, origin=where_from, most=adder.most
            ):
                return _added(request, organisation, adder, factors.APP)
            form.add_error(
                "code", _("This code does not fit. Wait for the next one, then try again.")
            )
        except code_apps.TooSoonError as error:
            form.add_error("code", too_soon(error))
        except factors.TooManyFactorsError:
            return see_other(_choice(organisation, adder))
    context = {
        "form": form,
        "secret": code_apps.secret(app),
        "address": code_apps.address(app, adder.account),
        "cancel_url": _choice(organisation, adder),
    }
    return render(request, "accounts/code-app.html", context)


@require_safe
@adders
def code_app_picture(
    request: VisitorRequest, organisation: Organisation, adder: Adder
) -> HttpResponse:
    """Draw the QR code, to nobody else and once more each time."""
    app = code_apps.begun(request.session, adder.account)
    if app is None:
        raise Http404
    drawing = segno.make(code_apps.address(app, adder.account), error="m")
    picture = BytesIO()
    drawing.save(picture, kind="svg", scale=4, border=4, dark="#000", light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@require_POST
@adders
def passkey_options(
    request: VisitorRequest, organisation: Organisation, adder: Adder
) -> HttpResponse:
    """Tell the browser what to make a passkey for."""
    place = place_of(request, organisation)
    if not place.has_passkeys:
        raise Http404
    return to_browser("create", passkeys.options_to_add(request.session, adder.account, place))


@sensitive_post_parameters("passkey")
@require_POST
@adders
def add_passkey(request: VisitorRequest, organisation: Organisation, adder: Adder) -> HttpResponse:
    """Keep the passkey that the browser has made."""
    where_from = origin.of(request)
    form = NameForm(request.POST)
    typed = form.cleaned_data["name"] if form.is_valid() else ""
    name = typed or device_name(where_from.agent)
    place = place_of(request, organisation)
    answer = request.POST.get("passkey", "")
    try:
        passkeys.add(
            request.session,
            adder.account,
            place,
            answer,
            name=name,
            origin=where_from,
            most=adder.most,
        )
    except (passkeys.PasskeyRefusedError, factors.TooManyFactorsError):
        back = {"back": _choice(organisation, adder)}
        return render(request, "accounts/passkey-not-added.html", back, status=400)
    return _added(request, organisation, adder, factors.PASSKEY)


def _choice(organisation: Organisation, adder: Adder) -> str:
    name = "accounts:set-up-factor" if adder.waiting else "accounts:second-step"
    return reverse(name, args=[organisation])


def _added(
    request: VisitorRequest, organisation: Organisation, adder: Adder, factor: str
) -> HttpResponse:
    """Open the session of who was on the way in; lead both to their saved codes, if they need some.

    The other sessions have ended; this one gets a fresh key, for it may do more now (SES-02).
    """
    session = request.session
    secret = ""
    if adder.waiting:
        devices = device_cookies.presented(request)
        try:
            secret = pending.complete(session, adder.waiting, devices, origin.of(request), factor)
        except CreateError:
            # Its CAS ticket has opened something else meanwhile.
            session.flush()
            return see_other(reverse("signin:sign-in", args=[organisation]))
    else:
        session[VERIFIED] = factor
        session.limits = session.limits.with_factor()
        session.cycle_key()
    messages.success(request, _("Done: from now on, signing in takes two steps."))
    response = see_other(_onward(organisation, adder))
    if secret:
        device_cookies.put(request, response, adder.account, secret)
    return response


def _onward(organisation: Organisation, adder: Adder) -> str:
    if saved_codes.left(adder.account):
        return reverse("accounts:second-step", args=[organisation])
    codes = reverse("accounts:saved-codes", args=[organisation])
    if adder.waiting is None:
        return codes
    to = local_target(adder.waiting.to, reverse("home", args=[organisation]))
    return f"{codes}?{urlencode({'next': to})}"
