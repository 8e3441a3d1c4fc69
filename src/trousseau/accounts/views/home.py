"""The first page after signing in, and the overview of settings."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trousseau.accounts import home as sections
from trousseau.accounts.access import signed_in
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import contact_addresses, lookup
from trousseau.organisations.models import Organisation


@require_safe
@signed_in
def home(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Welcome the person, and nudge them towards an address if they have none."""
    account = request.account
    addresses = contact_addresses.of_account(account)
    context = {
        "main_address": next((one for one in addresses if one.main), None),
        "waiting": [one for one in addresses if one.confirmed_at is None],
        "children": lookup.children(account),
        "sections": sections.rendered(request),
    }
    return render(request, "accounts/home.html", context)


@require_safe
@signed_in
def overview(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """List what can be settled."""
    account = request.account
    context = {"main_address": contact_addresses.main_address(account)}
    return render(request, "accounts/settings.html", context)
