"""Add, remove, confirm e-mail addresses, and object to a change."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau.accounts import confirming
from trousseau.accounts.access import signed_in
from trousseau.accounts.forms import AddAddressForm, ConfirmAddressForm, ObjectForm
from trousseau.accounts.models import Account, ContactAddress, Credential
from trousseau.accounts.models.account import username_key
from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.accounts.services import contact_addresses, passwords
from trousseau.accounts.views.details import details_page, propose
from trousseau.audit import origin
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import Right
from trousseau.throttling.held import HeldError
from trousseau.ui import link_secrets, waiting
from trousseau.ui.redirects import see_other


@sensitive_post_parameters("password")
@require_POST
@signed_in
def add(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Add one more address; it counts once its owner has confirmed it."""
    account = request.account
    _demand_right(account)
    form = AddAddressForm(account, request.POST)
    if form.is_valid():
        asked = propose(
            account,
            form,
            "another_email",
            origin.of(request),
            replace_main=False,
            vouched=confirming.is_fresh(request.session),
        )
        if asked:
            note = _("Follow the link we have sent to %(address)s to confirm it.")
            messages.success(request, note % {"address": asked})
            return see_other(reverse("accounts:details", args=[organisation]))
    return details_page(request, form)


@sensitive_post_parameters("password")
@require_POST
@signed_in
def remove(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Remove one of one's addresses, knowing the password; an unconfirmed one just goes."""
    account = request.account
    _demand_right(account)
    where_from = origin.of(request)
    chosen = request.POST.get("address", "")
    own = account.addresses.filter(retired_at__isnull=True)
    address = own.filter(pk=chosen).first() if chosen.isdecimal() else None
    if address is None:
        return see_other(reverse("accounts:details", args=[organisation]))
    form = ConfirmAddressForm(account, request.POST if "password" in request.POST else None)
    if address.confirmed_at is None or _owner_is_there(account, form, request):
        contact_addresses.remove(account, address.pk, where_from)
        messages.success(request, _("The address is removed."))
        return see_other(reverse("accounts:details", args=[organisation]))
    here = reverse("accounts:details", args=[organisation])
    context = {
        "form": form,
        "address": address,
        "confirm_url": confirming.url(request.session, account, here),
    }
    return render(request, "accounts/remove-address.html", context)


@require_safe
@never_cache
def confirm_link(request: VisitorRequest, organisation: Organisation, secret: str) -> HttpResponse:
    """Move the secret out of the address; nothing is confirmed yet."""
    found = _confirmation(organisation, secret, origin.of(request))
    if found is None:
        return _too_late(request)
    path = reverse("accounts:confirm", args=[organisation])
    return link_secrets.moved(request, secret, found[0].public_id, path)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Confirm an address: with one press where its owner is signed in, else with the password."""
    shown_by = origin.of(request) if request.method == "POST" else None
    found = _confirmation(organisation, link_secrets.presented(request), shown_by)
    if found is None:
        return _too_late(request)
    credential, address = found
    is_owner = request.account == credential.account
    form = ConfirmAddressForm(credential.account, request.POST or None)
    if request.method == "POST" and (
        is_owner or _owner_is_there(credential.account, form, request)
    ):
        if not contact_addresses.confirm(credential, address, origin.of(request)):
            return _too_late(request)
        return render(request, "accounts/address-confirmed.html", {"address": address})
    context = {
        "form": form,
        "is_owner": is_owner,
        "address": address,
        "owner": credential.account,
    }
    return link_secrets.without_referrer(render(request, "accounts/confirm-address.html", context))


@require_safe
@never_cache
def object_link(request: VisitorRequest, organisation: Organisation, secret: str) -> HttpResponse:
    """Move the secret out of the address; nothing is undone yet."""
    credential = contact_addresses.find_objection(organisation, secret, origin.of(request))
    if credential is None:
        return _too_late(request)
    path = reverse("accounts:objection", args=[organisation])
    return link_secrets.moved(request, secret, credential.public_id, path)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def object_(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Undo a change of address, once the username has been typed."""
    shown_by = origin.of(request) if request.method == "POST" else None
    secret = link_secrets.presented(request)
    credential = contact_addresses.find_objection(organisation, secret, shown_by)
    if credential is None:
        return _too_late(request)
    form = ObjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if username_key(form.cleaned_data["username"]) == credential.account.username_key:
            if not contact_addresses.object_(credential, origin.of(request)):
                return _too_late(request)
            if request.account == credential.account:
                # Every session has ended, this browser's too.
                request.account = None
            return render(request, "accounts/objected.html", {"owner": credential.account})
        form.add_error("username", _("This is not the username of this account."))
    context = {"form": form, "owner": credential.account}
    return link_secrets.without_referrer(render(request, "accounts/object.html", context))


def _demand_right(account: Account) -> None:
    """Answer 404 where the school keeps the addresses: the page shows no form then."""
    if account.may("email") is not Right.CHANGED:
        raise Http404


def _confirmation(
    organisation: Organisation, secret: str, where_from: Origin | None = None
) -> tuple[Credential, ContactAddress] | None:
    """Return what a link of this organisation confirms, while the person may change it."""
    found = contact_addresses.find_confirmation(organisation, secret, where_from)
    return found if found and found[0].account.may("email") is Right.CHANGED else None


def _owner_is_there(
    account: Account, form: ConfirmAddressForm, request: SignedInRequest | VisitorRequest
) -> bool:
    if not form.is_valid():
        return False
    typed = form.cleaned_data.get(form.proof, "")
    vouched = request.account == account and confirming.is_fresh(request.session)
    try:
        passwords.confirm(account, typed, origin.of(request), vouched=vouched)
    except passwords.WrongPasswordError:
        form.refuse(_("This is not your current password."))
        return False
    except HeldError as error:
        form.refuse(waiting.sentence(error.until))
        return False
    return True


def _too_late(request: HttpRequest) -> HttpResponse:
    response = render(request, "accounts/address-link-unusable.html", status=410)
    return link_secrets.without_referrer(response)
