"""People's applications, as tiles on their first page."""

from django.template.loader import render_to_string

from trousseau.accounts.models import Account
from trousseau.accounts.requests import SignedInRequest
from trousseau.cas_server.services import registry


def section(request: SignedInRequest) -> str:
    """Return the tiles; nothing for somebody without applications who cannot add any."""
    account, organisation = request.account, request.account.organisation
    context = {
        "services": registry.tiles(organisation, account),
        "organisation": organisation,
        "may_change": account.role == Account.Role.ADMINISTRATOR,
    }
    if not context["services"] and not context["may_change"]:
        return ""
    return render_to_string("cas_server/tiles.html", context)
