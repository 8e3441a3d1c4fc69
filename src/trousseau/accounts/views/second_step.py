"""Sign-in in two steps: what somebody has for the second one; remove it; new saved codes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau.accounts import confirming
from trousseau.accounts.access import signed_in
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import factors, saved_codes
from trousseau.accounts.session_store import VERIFIED
from trousseau.accounts.views.confirm_identity import confirmed
from trousseau.accounts.views.passkeys import place_of
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import local_target, see_other


@require_safe
@signed_in
def second_step(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """List what the person may show at sign-in, and offer to add and remove."""
    account = request.account
    here = reverse("accounts:second-step", args=[organisation])
    mine = factors.of_account(account)
    fresh = confirming.is_fresh(request.session)
    context = {
        "factors": mine,
        "codes_left": saved_codes.left(account) if mine else 0,
        "must_keep_one": len(mine) == 1 and factors.requires_factor(account),
        "has_room": len(mine) < factors.MOST,
        "place": place_of(request, organisation),
        "helps": account.is_helper(),
        "confirm_url": "" if fresh else confirming.where(account, here),
    }
    return render(request, "accounts/second-step.html", context)


@require_POST
@confirmed(back="accounts:second-step")
def remove_factor(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Remove a factor, once it is sure."""
    account, handle = request.account, request.POST.get("factor", "")
    found = next((one for one in factors.of_account(account) if one.handle == handle), None)
    here = reverse("accounts:second-step", args=[organisation])
    if found is None:
        return see_other(here)
    if "sure" not in request.POST:
        return render(request, "accounts/remove-factor.html", {"factor": found})
    try:
        factors.remove(account, handle, origin.of(request), keep=request.session.digest)
    except factors.LastFactorError:
        messages.warning(request, _("Add another one first: you need one to sign in."))
    else:
        if not account.protected_since:
            request.session.pop(VERIFIED, None)
        request.session.cycle_key()
        messages.success(request, _("Removed. Your other devices are signed out."))
    return see_other(here)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(back="accounts:saved-codes")
def codes(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Make new saved codes, and show them this once."""
    account = request.account
    here = reverse("accounts:second-step", args=[organisation])
    onward = local_target(request.GET.get("next", ""), here)
    if not account.protected_since:
        return see_other(here)
    context: dict[str, Any] = {"left": saved_codes.left(account), "onward": onward}
    if request.method == "POST":
        keep = request.session.digest
        context["codes"] = saved_codes.make(account, origin.of(request), keep=keep)
    return render(request, "accounts/saved-codes.html", context)
