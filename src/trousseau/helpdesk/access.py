"""Who may open the helpers' pages."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.accounts.services import factors
from trousseau.accounts.views.confirm_identity import confirmed
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other

View = Callable[[SignedInRequest, Organisation], HttpResponse]
Guarded = Callable[[VisitorRequest, Organisation], HttpResponse]


def verified_helpers(back: str) -> Callable[[View], Guarded]:
    """Let only helpers pass who have shown a second factor, and have just proved who they are.

    Whoever has to prove it first comes to the page named `back` afterwards.
    """

    def decorate(view: View) -> Guarded:
        @wraps(view)
        def guarded(request: SignedInRequest, /, organisation: Organisation) -> HttpResponse:
            if not request.account.is_helper():
                raise PermissionDenied
            if not factors.session_is_verified(request.session):
                warning = _("To help others with this, sign in in two steps yourself.")
                messages.warning(request, warning)
                return see_other(reverse("accounts:second-step", args=[organisation]))
            return view(request, organisation)

        return confirmed(back=back)(cast("View", guarded))

    return decorate
