"""See and end one's own sessions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trousseau import tokens
from trousseau.accounts import device_cookies
from trousseau.accounts.access import signed_in
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import sessions as services
from trousseau.accounts.services import trusted_devices
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def sessions(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """List sessions and trusted devices; POST forgets a device (`device`) or ends a session.

    Without `session`, it ends all the others.
    """
    account = request.account
    current = tokens.digest(request.session.session_key or "")
    if request.method == "POST":
        where_from = origin.of(request)
        if "device" in request.POST:
            trusted_devices.forget(account, request.POST["device"], where_from)
            messages.success(request, _("Done: forgotten."))
            return see_other(reverse("accounts:sessions", args=[organisation]))
        handle = request.POST.get("session", "")
        if not handle:
            services.end_all(account, where_from, keep=current)
        elif services.end_one(account, handle, where_from) and current.startswith(handle):
            # This very session, by the button of another tab: nothing is left to write into.
            request.session.flush()
            return see_other(reverse("signin:sign-in", args=[organisation]))
        messages.success(request, _("Done: signed out there."))
        return see_other(reverse("accounts:sessions", args=[organisation]))
    context = {
        "sessions": services.of_account(account, current),
        "devices": trusted_devices.of_account(account, device_cookies.presented(request)),
    }
    return render(request, "accounts/sessions.html", context)
