"""The organisation's help page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trousseau.audit import origin
from trousseau.helpdesk import services
from trousseau.helpdesk.forms import HelpRequestForm
from trousseau.organisations.models import Organisation
from trousseau.throttling.held import HeldError
from trousseau.ui.visitor_pages import visitor_page


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def help_page(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Say who can help, and take a request for help."""
    form = HelpRequestForm(organisation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.request_help(form.save(commit=False), origin.of(request))
        except HeldError:
            form.add_error(
                None, _("Many requests have come from your network. Please telephone the school.")
            )
        else:
            return render(request, "helpdesk/asked.html", {"asked": asked})
    return render(request, "helpdesk/help.html", {"form": form})
