"""Change one's own password."""

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau import tokens
from trousseau.accounts import device_cookies
from trousseau.accounts.access import signed_in
from trousseau.accounts.forms import ChangePasswordForm
from trousseau.accounts.models import Account
from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.accounts.services import passwords
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.throttling.held import HeldError
from trousseau.ui import waiting
from trousseau.ui.redirects import see_other


@sensitive_post_parameters("current_password", "new_password", "new_password_again")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Ask for the current password and a new one; every other session ends."""
    account = request.account
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _change(request, account, form)
        if not form.errors:
            messages.success(request, _("Your password is changed."))
            response = see_other(reverse("accounts:settings", args=[organisation]))
            device_cookies.trust(request, response, account)
            return response
    context = {
        "form": form,
        "minimum": passwords.minimum(account),
        "judge_url": reverse("accounts:judge", args=[organisation]),
    }
    return render(request, "accounts/password.html", context)


@require_safe
def change_password(request: VisitorRequest) -> HttpResponse:
    """Lead a password manager to where the password is changed (WEB-01)."""
    organisation = request.account.organisation if request.account else request.host_organisation
    if organisation is None:
        return see_other(reverse("recover-anywhere"))
    return see_other(reverse("accounts:password", args=[organisation]))


@sensitive_post_parameters("password")
@require_POST
@signed_in
def judge(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Judge a password as it is typed."""
    account = request.account
    verdict = passwords.judge(account, request.POST.get("password", ""))
    return JsonResponse(
        {"accepted": verdict.accepted, "score": verdict.score, "message": verdict.message}
    )


def _change(request: SignedInRequest, account: Account, form: ChangePasswordForm) -> None:
    data = form.cleaned_data
    session = request.session
    keep = tokens.digest(session.session_key or "")

    def renew_session() -> None:
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.save()

    try:
        passwords.change(
            account,
            data["current_password"],
            data["new_password"],
            origin.of(request),
            keep=keep,
            renew_session=renew_session,
        )
    except passwords.WrongPasswordError:
        form.add_error("current_password", _("This is not your current password."))
    except HeldError as error:
        form.add_error("current_password", waiting.sentence(error.until))
    except passwords.PasswordRefusedError as error:
        form.add_error("new_password", error.verdict.message)
