"""Prove anew who one is, before a sensitive change (PRO-01)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from trousseau.accounts import confirming
from trousseau.accounts.access import signed_in
from trousseau.accounts.factor_forms import ConfirmIdentityForm
from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.accounts.services import code_apps, passkeys, passwords, second_steps
from trousseau.accounts.views.passkeys import place_of, to_browser
from trousseau.accounts.words import too_soon
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.throttling.held import HeldError
from trousseau.ui import waiting
from trousseau.ui.redirects import local_target, see_other

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, Organisation, P], HttpResponse]
Guarded = Callable[Concatenate[VisitorRequest, Organisation, P], HttpResponse]


def confirmed(back: str) -> Callable[[View[P]], Guarded[P]]:
    """Let only people pass who have proved a moment ago who they are.

    The others do so first, then come to the page named `back`.
    """

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(
            request: SignedInRequest,
            /,
            organisation: Organisation,
            *args: P.args,
            **kwargs: P.kwargs,
        ) -> HttpResponse:
            if confirming.is_fresh(request.session):
                return view(request, organisation, *args, **kwargs)
            where = reverse(back, args=[organisation])
            return see_other(confirming.where(request.account, where))

        return signed_in(cast("View[P]", guarded))

    return decorate


@sensitive_post_parameters("password", "code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm_identity(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Ask for the password and the second factor, or for a passkey.

    Somebody whom the CAS server has just vouched for shows the second factor alone.
    """
    account = request.account
    back = local_target(
        request.GET.get("next", ""), reverse("accounts:settings", args=[organisation])
    )
    if account.signs_in_elsewhere and not confirming.awaits_factor(request.session):
        return see_other(confirming.where(account, back))
    uses_passkey = bool(request.POST.get("passkey"))
    form = ConfirmIdentityForm(account, None if uses_passkey else request.POST or None)
    refused = False
    if request.method == "POST":
        factor = _with_passkey(request, organisation) if uses_passkey else _typed(request, form)
        if factor:
            confirming.note(request.session, account, origin.of(request), factor=factor)
            return see_other(back)
        refused = uses_passkey
    place = place_of(request, organisation)
    context = {
        "form": form,
        "back": back,
        "passkey_refused": refused,
        "has_passkey": passkeys.of_place(account, place),
    }
    return render(request, "accounts/confirm-identity.html", context)


@require_POST
@signed_in
def confirm_options(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Tell the browser which passkeys would do."""
    place = place_of(request, organisation)
    return to_browser("get", passkeys.options_to_use(request.session, place, request.account))


def _typed(request: SignedInRequest, form: ConfirmIdentityForm) -> str:
    if not form.is_valid():
        return ""
    account, where_from = request.account, origin.of(request)
    data = form.cleaned_data
    try:
        first = "cas"
        if not account.signs_in_elsewhere:
            first = "password"
            passwords.confirm(account, data["password"], where_from)
        if not account.protected_since:
            return first
        return f"{first}+{second_steps.take(account, data['code'], where_from)}"
    except passwords.WrongPasswordError:
        form.add_error("password", _("This is not your current password."))
    except HeldError as error:
        form.add_error("password", waiting.sentence(error.until))
    except second_steps.WrongCodeError:
        form.add_error("code", _("This code does not fit. Wait for the next one, then try again."))
    except code_apps.TooSoonError as error:
        form.add_error("code", too_soon(error))
    return ""


def _with_passkey(request: SignedInRequest, organisation: Organisation) -> str:
    place = place_of(request, organisation)
    try:
        passkeys.use(request.session, place, request.POST["passkey"], request.account)
    except passkeys.PasskeyRefusedError:
        second_steps.refused(request.account, origin.of(request), "passkey")
        return ""
    return "passkey"
