"""Pages for signed-in people only."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from trousseau.organisations.models import Organisation

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Organisation, P], HttpResponse]


def signed_in(view: View[P]) -> View[P]:
    """Let only people signed in at this organisation pass; the others sign in and come back.

    The page is never kept by a browser or a proxy (SES-12).
    """

    @wraps(view)
    def guarded(
        request: HttpRequest, organisation: Organisation, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if request.account:  # type: ignore[attr-defined]
            return view(request, organisation, *args, **kwargs)
        where = reverse("signin:sign-in", args=[organisation])
        if request.method == "GET" and request.path != reverse("home", args=[organisation]):
            where += "?" + urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(where)

    return never_cache(guarded)
