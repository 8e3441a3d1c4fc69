"""Where somebody goes once the first factor fits."""

from django.urls import reverse

from trousseau.organisations.models import Organisation
from trousseau.signin.services import Next

_PAGES = {
    Next.SHOW_FACTOR: "signin:second-step",
    Next.SET_UP_FACTOR: "accounts:set-up-factor",
}


def after(step: Next, organisation: Organisation, target: str) -> str:
    """Return the page of the next step, or the target where there is none."""
    page = _PAGES.get(step)
    return reverse(page, args=[organisation]) if page else target
