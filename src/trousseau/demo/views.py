"""The caught mails, shown as a mail program would."""

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import urlize
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from trousseau.demo.catcher import CaughtMail, caught

# A letter has styles of its own, runs nothing, and its links leave the frame it is shown in; the
# page around it, of the same origin, may measure it.
LETTER_POLICY = {
    "style-src": ["'unsafe-inline'"],
    "script-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-same-origin", "allow-top-navigation-by-user-activation"],
}


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the mails, newest first."""
    return render(request, "demo/mailbox.html", {"mails": caught(settings.DEMO_MAILDIR)})


@require_safe
@never_cache
def mailbox_as_data(request: HttpRequest) -> JsonResponse:
    """Return the mails as data, newest first."""
    mails = [
        {
            "to": one.to,
            "from": one.from_,
            "subject": one.subject,
            "date": one.date.isoformat(),
            "text": one.text,
            "html": one.html,
            "headers": one.headers,
        }
        for one in caught(settings.DEMO_MAILDIR)
    ]
    return JsonResponse(mails, safe=False)


@require_safe
@never_cache
@csp_replace({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """Show one mail: its headers, its HTML in a frame, its text below."""
    one = _find(key)
    text = SafeString(urlize(one.text, autoescape=True))
    context = {"mail": one, "text": text}
    return render(request, "demo/mail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@csp_replace(LETTER_POLICY)  # type: ignore[arg-type]
def mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """Return the HTML of one mail alone: no script runs in it, styles of its own do."""
    html = _find(key).html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(html)


def _find(key: str) -> CaughtMail:
    found = next((one for one in caught(settings.DEMO_MAILDIR) if one.key == key), None)
    if found is None:
        raise Http404
    return found
