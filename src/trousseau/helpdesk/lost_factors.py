"""Take the second factors off somebody who has lost them all: two helpers together."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from trousseau.accounts.models import Account
from trousseau.accounts.models.account import username_key
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import lost_factors
from trousseau.audit import origin
from trousseau.helpdesk.access import verified_helpers
from trousseau.helpdesk.forms import LostFactorsForm
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@verified_helpers(back="lost-factors")
def start(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """List what waits for a second helper, and begin for somebody else."""
    form = LostFactorsForm(request.POST or None)
    if form.is_valid() and _started(request, organisation, form):
        messages.success(request, _("Done. Now a second person who helps here must agree."))
        return see_other(reverse("lost-factors", args=[organisation]))
    waiting = lost_factors.waiting_for(request.account)
    context = {"form": form, "waiting": [(one, lost_factors.PROOFS[one.proof]) for one in waiting]}
    return render(request, "helpdesk/lost-factors.html", context)


@require_POST
@verified_helpers(back="lost-factors")
def end(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Confirm what another helper has begun, or withdraw it."""
    helper, where_from = request.account, origin.of(request)
    wanted = request.POST.get("reset", "")
    reset = next((one for one in lost_factors.waiting_for(helper) if one.public_id == wanted), None)
    if reset is None:
        messages.warning(request, _("This was done, withdrawn or over already."))
        return see_other(reverse("lost-factors", args=[organisation]))
    reset.account.organisation = organisation
    try:
        if "withdraw" in request.POST:
            lost_factors.withdraw(reset, helper, where_from)
            messages.success(request, _("Withdrawn: nothing has changed."))
        else:
            lost_factors.confirm(reset, helper, where_from)
            messages.success(request, _("Done: the second step is taken off."))
    except lost_factors.NothingToDoError:
        messages.warning(request, _("This was done, withdrawn or over already."))
    except lost_factors.NotAllowedError:
        messages.warning(request, _("Another person than the one who began must agree."))
    return see_other(reverse("lost-factors", args=[organisation]))


def _started(request: SignedInRequest, organisation: Organisation, form: LostFactorsForm) -> bool:
    key = username_key(form.cleaned_data["username"])
    person = Account.objects.filter(organisation=organisation, username_key=key).first()
    stranger = _("There is nobody of this username whom you may help.")
    if person is None:
        form.add_error("username", stranger)
        return False
    person.organisation = organisation
    try:
        lost_factors.start(request.account, person, form.cleaned_data["proof"], origin.of(request))
    except lost_factors.NotAllowedError:
        form.add_error("username", stranger)
    except lost_factors.NothingToDoError:
        form.add_error(
            "username", _("This person has no second step, or somebody has begun already.")
        )
    return not form.errors
