"""What happened to one's own account, in plain words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from trousseau.accounts.access import signed_in
from trousseau.accounts.requests import SignedInRequest
from trousseau.accounts.services import activity as services
from trousseau.accounts.services.activity import Line
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation

MOST_DIGITS = 18
_WORDS: dict[Tag, str | Promise] = {
    Tag.SIGN_IN: gettext_lazy("You signed in"),
    Tag.SIGN_IN_REFUSED: gettext_lazy("Somebody tried to sign in and was refused"),
    Tag.SIGN_OUT: gettext_lazy("You signed out"),
    Tag.PASSWORD_CHANGED: gettext_lazy("The password was changed"),
    Tag.PASSWORD_WITHDRAWN: gettext_lazy("The password was withdrawn, for safety"),
    Tag.CREDENTIAL_ISSUED: gettext_lazy("A link to choose a new password was mailed"),
    Tag.CREDENTIAL_REUSED: gettext_lazy("A link that had been used already was opened"),
    Tag.CREDENTIAL_REFUSED: gettext_lazy("A link that no longer works was opened"),
    Tag.RECOVERY_DONE: gettext_lazy("A mailed link was used to choose a new password"),
    Tag.DETAILS_CHANGED: gettext_lazy("Your details were changed"),
    Tag.DEVICE_FORGOTTEN: gettext_lazy("A device is no longer recognised"),
    Tag.IDENTITY_LINKED: gettext_lazy("Your account was linked with SSO CAS"),
    Tag.IDENTITY_UNLINKED: gettext_lazy("Your account was unlinked from SSO CAS"),
    Tag.ACCOUNT_ADDED: gettext_lazy("Your account was made"),
}
_WITH_ADDRESS: dict[Tag, Callable[[], str]] = {
    Tag.ADDRESS_ADDED: lambda: _("The address %(address)s was proposed"),
    Tag.ADDRESS_CONFIRMED: lambda: _("The address %(address)s was confirmed"),
    Tag.ADDRESS_REMOVED: lambda: _("The address %(address)s was removed"),
    Tag.ADDRESS_OBJECTED: lambda: _("A change was undone from the address %(address)s"),
}


class _Shown(NamedTuple):
    """A line as the page has it."""

    text: str
    at: datetime
    device: str
    network: str
    by_school: bool
    is_refusal: bool


@require_safe
@signed_in
def activity(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """List what happened lately; `before` in the address leads to what was earlier."""
    typed = request.GET.get("before", "")
    before = (
        int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS else None
    )
    found = services.of_account(request.account, before)
    context = {"lines": [_shown(line) for line in found.lines], "older": found.older}
    return render(request, "accounts/activity.html", context)


@require_safe
@signed_in
def not_me(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    """Say what to do, in this order, when it was somebody else."""
    return render(request, "accounts/not-me.html")


def _shown(line: Line) -> _Shown:
    return _Shown(
        text=_words(line.tag, line.facts),
        at=line.at,
        device=line.device,
        network=line.network,
        by_school=line.by_school,
        is_refusal=line.tag in {Tag.SIGN_IN_REFUSED, Tag.PASSWORD_CHANGE_REFUSED},
    )


def _words(tag: Tag, facts: Mapping[str, Any]) -> str:
    if tag in _WITH_ADDRESS:
        return _WITH_ADDRESS[tag]() % {"address": facts.get("to", "")}
    if tag is Tag.SESSION_ENDED:
        count = int(facts.get("sessions", 1))
        return ngettext(
            "%(count)d device was signed out", "%(count)d devices were signed out", count
        ) % {"count": count}
    if tag is Tag.PASSWORD_CHANGE_REFUSED:
        if facts.get("why") == "wrong":
            return _("A wrong current password was given for a change")
        return _("A new password was not accepted")
    return str(_WORDS[tag])
