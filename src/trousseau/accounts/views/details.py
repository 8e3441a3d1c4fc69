"""Modifier les détails."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from trousseau import addresses
from trousseau.accounts import confirming
from trousseau.accounts.access import signed_in
from trousseau.accounts.forms import FIELDS_OF, AddAddressForm, DetailsForm
from trousseau.accounts.models import Account
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import contact_addresses, passwords
from trousseau.accounts.services import details as services
from trousseau.audit import origin
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import DETAILS, Right
from trousseau.throttling.held import HeldError
from trousseau.ui import waiting
from trousseau.ui.body_limit import takes_files
from trousseau.ui.redirects import see_other


@takes_files
@sensitive_post_parameters("current_password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def details(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Show and change one's own details."""
    account = request.account
    main = contact_addresses.main_address(account)
    initial = {name: getattr(account, name) for name in services.PLAIN}
    initial["email"] = main.address if main else ""
    form = DetailsForm(account, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        where_from = origin.of(request)
        vouched = confirming.is_fresh(request.session)
        asked = _change_address(account, form, initial["email"], where_from, vouched=vouched)
        if not form.errors:
            _store(account, form, where_from)
        if not form.errors:
            note = _("Your details are saved.")
            if asked:
                note = _("Saved. Follow the link we have sent to %(address)s to confirm it.") % {
                    "address": asked
                }
            messages.success(request, note)
            return see_other(reverse("accounts:details", args=[organisation]))
    return render(request, "accounts/details.html", _context(request, form))


@require_safe
@signed_in
def photo(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Show one's own photo, to nobody else."""
    account = request.account
    if not account.photo or account.may("photo") is Right.HIDDEN:
        raise Http404
    try:
        with account.photo.open("rb") as file:
            return HttpResponse(file.read(), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


def details_page(request: SignedInRequest, add_form: AddAddressForm) -> HttpResponse:
    """Show the page again for the form that adds an address."""
    account = request.account
    main = contact_addresses.main_address(account)
    initial = {name: getattr(account, name) for name in services.PLAIN}
    initial["email"] = main.address if main else ""
    context = _context(request, DetailsForm(account, initial=initial)) | {"add_form": add_form}
    return render(request, "accounts/details.html", context)


def _context(request: SignedInRequest, form: DetailsForm) -> dict[str, Any]:
    account = request.account
    here = reverse("accounts:details", args=[account.organisation])
    return {
        "form": form,
        "add_form": AddAddressForm(account),
        "confirm_url": confirming.url(request.session, account, here),
        "addresses": contact_addresses.of_account(account),
        "seen": _seen(account),
    }


def _seen(account: Account) -> list[tuple[str, Any]]:
    """Return the details that the role may see but not change, with their names."""
    names = [
        name
        for detail in DETAILS
        if account.may(detail) is Right.SEEN
        for name in FIELDS_OF.get(detail, (detail,))
    ]
    fields = DetailsForm.base_fields
    main = contact_addresses.main_address(account)
    values = {"email": main.address if main else ""} | {
        name: getattr(account, name) for name in services.PLAIN
    }
    return [(str(fields[name].label), values[name]) for name in names if name in values]


def _change_address(
    account: Account, form: DetailsForm, present: str, where_from: Origin, *, vouched: bool
) -> str:
    """Ask for the new main address to be confirmed; return it, or nothing if it is the same."""
    wanted = form.cleaned_data.get("email", "")
    if not wanted or (present and addresses.key(wanted) == addresses.key(present)):
        return ""
    return propose(
        account,
        form,
        "email",
        where_from,
        replace_main=True,
        vouched=vouched,
    )


def propose(
    account: Account,
    form: DetailsForm | AddAddressForm,
    field: str,
    where_from: Origin,
    *,
    replace_main: bool,
    vouched: bool,
) -> str:
    """Propose the address typed, once it is sure who types; errors go to their fields."""
    data = form.cleaned_data
    try:
        passwords.confirm(account, data.get(form.proof, ""), where_from, vouched=vouched)
        proposed = contact_addresses.propose(
            account,
            data[field],
            where_from,
            replace_main=replace_main,
            language=get_language() or "",
        )
    except passwords.WrongPasswordError:
        form.refuse(_("Enter your current password to change your address."))
    except HeldError as error:
        form.refuse(waiting.sentence(error.until))
    except contact_addresses.AddressRefusedError as error:
        form.add_error(field, _refusals()[error.reason])
    else:
        return proposed.address
    return ""


def _refusals() -> dict[str, str]:
    return {
        "known": _("This address is already one of yours."),
        "too_many": _("You have five addresses already. Remove one first."),
        "too_often": _("You have asked for many addresses today. Try again tomorrow."),
    }


def _store(account: Account, form: DetailsForm, where_from: Origin) -> None:
    """Store what was typed; a photo for which there is no room is told of in its field."""
    values = form.cleaned_data
    services.change(account, values, where_from)
    try:
        if values.get("photo"):
            services.set_photo(account, values["photo"], where_from)
        elif values.get("remove_photo"):
            services.remove_photo(account, where_from)
    except services.PhotoNotKeptError:
        form.add_error(
            "photo", _("The photo could not be kept; everything else is saved. Try again later.")
        )
