"""The second step at sign-in, and signing in by passkey alone."""

from http import HTTPStatus

from django.contrib.sessions.backends.base import CreateError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from trousseau.accounts import device_cookies, pending
from trousseau.accounts.factor_forms import CodeForm
from trousseau.accounts.pending import Pending, Stage
from trousseau.accounts.requests import VisitorRequest
from trousseau.accounts.services import code_apps, factors, passkeys, second_steps
from trousseau.accounts.views.passkeys import place_of, to_browser
from trousseau.accounts.words import too_soon
from trousseau.audit import origin
from trousseau.organisations.models import Organisation
from trousseau.signin import services
from trousseau.ui.redirects import local_target, see_other


@sensitive_post_parameters("code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def second_step(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Ask for a code or a passkey of the very person whose password fitted a moment ago."""
    waiting = pending.of(request.session, organisation)
    if waiting is None:
        return _start_again(request, organisation)
    if waiting.stage is Stage.SET_UP:
        return see_other(reverse("accounts:set-up-factor", args=[organisation]))
    uses_passkey = bool(request.POST.get("passkey"))
    form = CodeForm(None if uses_passkey else request.POST or None)
    if request.method == "POST":
        shown = (
            _passkey(request, organisation, waiting)
            if uses_passkey
            else _code(request, form, waiting)
        )
        if shown:
            return _enter(request, organisation, waiting, shown)
    context = {
        "form": form,
        "person": waiting.account,
        "has_passkey": passkeys.of_place(waiting.account, place_of(request, organisation)),
        "passkey_refused": request.method == "POST" and uses_passkey,
    }
    return render(request, "signin/second-step.html", context)


@require_POST
@never_cache
def second_step_options(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Tell the browser which passkeys would do for the second step."""
    waiting = pending.of(request.session, organisation)
    if waiting is None or waiting.stage is not Stage.SHOW:
        return JsonResponse({}, status=HTTPStatus.FORBIDDEN)
    place = place_of(request, organisation)
    return to_browser("get", passkeys.options_to_use(request.session, place, waiting.account))


@require_POST
@never_cache
def passkey_options(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Tell the browser that any passkey of this place would do; the same for everybody."""
    place = place_of(request, organisation)
    if not (place.has_passkeys and organisation.local_sign_in):
        raise Http404
    session = request.session
    session.load_once()
    if session.session_key is None:
        where_from = origin.of(request)
        session.describe(None, where_from.agent, where_from.address)
    return to_browser("get", passkeys.options_to_use(session, place))


@sensitive_post_parameters("passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def passkey(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    """Sign in with a passkey alone: the device has made sure of its holder."""
    if request.method != "POST":
        return see_other(reverse("signin:sign-in", args=[organisation]))
    where_from = origin.of(request)
    place = place_of(request, organisation)
    answer = request.POST.get("passkey", "")
    try:
        account = services.recognise_passkey(
            request.session, organisation, place, answer, where_from
        )
    except services.SignInRefusedError:
        return render(request, "signin/passkey-refused.html", status=HTTPStatus.FORBIDDEN)
    devices = device_cookies.presented(request)
    secret = services.welcome_by_passkey(request.session, account, devices, where_from)
    home = reverse("home", args=[organisation])
    response = see_other(local_target(request.GET.get("next", ""), home))
    device_cookies.put(request, response, account, secret)
    return response


def _code(request: VisitorRequest, form: CodeForm, waiting: Pending) -> str:
    if not form.is_valid():
        return ""
    try:
        return second_steps.take(waiting.account, form.cleaned_data["code"], origin.of(request))
    except second_steps.WrongCodeError:
        form.add_error("code", _("This code does not fit. Wait for the next one, then try again."))
    except code_apps.TooSoonError as error:
        form.add_error("code", too_soon(error))
    return ""


def _passkey(request: VisitorRequest, organisation: Organisation, waiting: Pending) -> str:
    place = place_of(request, organisation)
    try:
        passkeys.use(request.session, place, request.POST["passkey"], waiting.account)
    except passkeys.PasskeyRefusedError:
        second_steps.refused(waiting.account, origin.of(request), factors.PASSKEY)
        return ""
    return factors.PASSKEY


def _enter(
    request: VisitorRequest, organisation: Organisation, waiting: Pending, shown: str
) -> HttpResponse:
    devices = device_cookies.presented(request)
    try:
        secret = pending.complete(request.session, waiting, devices, origin.of(request), shown)
    except CreateError:
        request.session.flush()
        return _start_again(request, organisation)
    response = see_other(local_target(waiting.to, reverse("home", args=[organisation])))
    if secret:
        device_cookies.put(request, response, waiting.account, secret)
    return response


def _start_again(request: VisitorRequest, organisation: Organisation) -> HttpResponse:
    if request.method != "POST":
        return see_other(reverse("signin:sign-in", args=[organisation]))
    return render(request, "signin/second-step-over.html", status=HTTPStatus.GONE)
