"""See why somebody has to wait at sign-in, and end the wait (SIG-03)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trousseau.accounts.models import Account
from trousseau.accounts.models.account import username_key
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import attempts
from trousseau.accounts.services.lost_factors import may_help
from trousseau.audit import origin
from trousseau.helpdesk.access import verified_helpers
from trousseau.helpdesk.forms import WaitForm
from trousseau.organisations.models import Organisation
from trousseau.ui.redirects import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@verified_helpers(back="waits")
def waits(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Show how things stand for a person; with `clear`, forget the wrong passwords."""
    form = WaitForm(request.POST or None)
    person = _whom_to_help(request.account, form) if form.is_valid() else None
    if person and "clear" in request.POST:
        attempts.clear(person, origin.of(request))
        messages.success(request, _("Done: %(name)s need not wait.") % {"name": person.full_name})
        return see_other(reverse("waits", args=[organisation]))
    state = attempts.state_of(person) if person else None
    return render(request, "helpdesk/waits.html", {"form": form, "person": person, "state": state})


def _whom_to_help(helper: Account, form: WaitForm) -> Account | None:
    key = username_key(form.cleaned_data["username"])
    person = Account.objects.filter(organisation=helper.organisation, username_key=key).first()
    if person is None or not may_help(helper, person):
        form.add_error("username", _("There is nobody of this username whom you may help."))
        return None
    person.organisation = helper.organisation
    return person
