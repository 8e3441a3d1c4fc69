"""Sign everybody of an organisation out, for its administrators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trousseau.accounts.models import Account
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import sessions
from trousseau.accounts.views.confirm_identity import confirmed
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(back="accounts:everybody")
def everybody(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Say what it does, then do it; the administrator's own session stays."""
    if request.account.role != Account.Role.ADMINISTRATOR:
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "accounts/everybody.html")
    sessions.sign_everybody_out(organisation, origin.of(request), keep=request.session.digest)
    messages.success(request, _("Everybody else is signed out."))
    return see_other(reverse("accounts:settings", args=[organisation]))
