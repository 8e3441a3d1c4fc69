"""The pages of recovery: ask, sent, choose a new password."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trousseau import addresses, clock
from trousseau.accounts import device_cookies
from trousseau.accounts.forms import NewPasswordForm
from trousseau.accounts.requests import VisitorRequest
from trousseau.accounts.services import passwords
from trousseau.audit import origin
from trousseau.organisations import lookup, picker
from trousseau.organisations.models import Organisation
from trousseau.recovery.forms import UNKNOWN, AddressForm, MembershipAndAddressForm
from trousseau.recovery.services import asking, ceilings, choosing
from trousseau.throttling.held import HeldError
from trousseau.ui import carried, link_secrets, waiting
from trousseau.ui.forms import Form
from trousseau.ui.redirects import see_other
from trousseau.ui.visitor_pages import visitor_page

# Requests are counted over 24 hours, either way.
FARTHEST_MOMENT = timedelta(days=2)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def ask(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Ask for the e-mail address, at the organisation's own door."""
    typed_before = carried.take(request, carried.USERNAME)
    form = AddressForm(request.POST or None, initial={"email": _as_address(typed_before)})
    if request.method != "POST" or not _may_ask(request, organisation, form):
        context = {"form": form, "username": typed_before}
        return render(request, "recovery/ask.html", context)
    return _asked(request, organisation, form.cleaned_data["email"])


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def ask_anywhere(request: VisitorRequest) -> HttpResponse:
    """Ask for the membership and the e-mail address, at the platform's door."""
    owner = request.host_organisation
    if owner:
        return see_other(reverse("recovery:ask", args=[owner]))
    form = MembershipAndAddressForm(request.POST or None)
    if request.method == "POST" and _may_ask(request, None, form):
        return _asked(request, form.cleaned_data["membership"], form.cleaned_data["email"])
    query = request.GET.get("q", "")
    slug = request.POST.get("membership") or request.GET.get("m", "")
    context = {
        "form": form,
        "query": query[: picker.MAX_QUERY],
        "results": picker.search(query),
        "membership": slug if slug == UNKNOWN else "",
        "chosen": lookup.by_slug(slug),
    }
    return render(request, "recovery/ask-anywhere.html", context)


@require_safe
@never_cache
def sent(request: HttpRequest, organisation: Organisation | None = None) -> HttpResponse:
    """Say what happens next: the same page for everybody."""
    reference, before, again = [*carried.take(request, carried.REQUEST).split("|"), "", ""][:3]
    context = {
        "reference": reference,
        "before": _moment(before),
        "again_at": _moment(again),
    }
    return render(request, "recovery/sent.html", context)


@require_safe
@never_cache
def link(request: HttpRequest, organisation: Organisation, secret: str) -> HttpResponse:
    """Move the secret out of the address and show the form; nothing is used up."""
    path = reverse("recovery:choose", args=[organisation])
    try:
        credential = choosing.visit(organisation, secret, origin.of(request))
    except choosing.LinkUnusableError as error:
        return _unusable(request, error)
    return link_secrets.moved(request, secret, credential.public_id, path)


@sensitive_post_parameters("new_password", "new_password_again")
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the form for a new password, and set it."""
    secret = link_secrets.presented(request)
    form = NewPasswordForm(request.POST or None)
    try:
        shown_by = origin.of(request) if request.method == "POST" else None
        credential = choosing.visit(organisation, secret, shown_by)
        if request.method == "POST" and form.is_valid():
            new = form.cleaned_data["new_password"]
            account = choosing.choose_password(organisation, secret, new, origin.of(request))
            response = _done(organisation, account.username)
            device_cookies.trust(request, response, account)
            return response
    except choosing.LinkUnusableError as error:
        return _unusable(request, error)
    except passwords.PasswordRefusedError as error:
        form.add_error("new_password", error.verdict.message)
    context = {
        "form": form,
        "owner": credential.account,
        "minimum": passwords.minimum(credential.account),
        "link": credential.public_id,
    }
    response = render(request, "recovery/choose.html", context)
    return link_secrets.without_referrer(response)


@sensitive_post_parameters("password")
@require_POST
@never_cache
def judge(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Judge a password as it is typed, for whoever holds a live link."""
    try:
        credential = choosing.visit(organisation, link_secrets.presented(request))
    except choosing.LinkUnusableError:
        return JsonResponse({}, status=404)
    verdict = passwords.judge(credential.account, request.POST.get("password", ""))
    return JsonResponse(
        {"accepted": verdict.accepted, "score": verdict.score, "message": verdict.message}
    )


@require_safe
@never_cache
def changed(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Say that the new password holds, and where to sign in."""
    return render(
        request, "recovery/changed.html", {"username": carried.take(request, carried.CHANGED)}
    )


def _may_ask(request: HttpRequest, organisation: Organisation | None, form: Form) -> bool:
    if not form.is_valid():
        return False
    try:
        ceilings.take_turn(organisation, origin.of(request))
    except HeldError as error:
        form.add_error("email", waiting.sentence(error.until))
        return False
    return True


def _asked(request: HttpRequest, organisation: Organisation | None, address: str) -> HttpResponse:
    asked = asking.request_recovery(
        organisation, address, translation.get_language() or "", origin.of(request)
    )
    where = (
        reverse("recovery:sent", args=[organisation])
        if organisation
        else reverse("recover-anywhere-sent")
    )
    response = see_other(where)
    moments = [asked.before, asked.again_at]
    told = [asked.reference, *(moment.isoformat() if moment else "" for moment in moments)]
    carried.put(response, carried.REQUEST, "|".join(told), where)
    return response


def _done(organisation: Organisation, username: str) -> HttpResponse:
    where = reverse("recovery:changed", args=[organisation])
    response = see_other(where)
    carried.put(response, carried.CHANGED, username, where)
    return response


def _unusable(request: HttpRequest, error: choosing.LinkUnusableError) -> HttpResponse:
    state = str(error.state) if error.state else "unknown"
    # Gone for good, or never there: either way nothing to keep or to index.
    status = 410 if error.state else 404
    context = {"state": state, "credential": error.credential}
    response = render(request, "recovery/unusable.html", context, status=status)
    return link_secrets.without_referrer(response)


def _moment(text: str) -> datetime | None:
    """Read a moment from a cookie, which may hold anything: one that our page could have told."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if not moment or not moment.tzinfo or abs(moment - clock.now()) > FARTHEST_MOMENT:
        return None
    return moment


def _as_address(text: str) -> str:
    try:
        return addresses.cleaned(text)
    except addresses.InvalidAddressError:
        return ""
