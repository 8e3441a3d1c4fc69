"""Pages for signed-in people only."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from trousseau.accounts.requests import SignedInRequest, VisitorRequest
from trousseau.organisations.models import Organisation

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, Organisation, P], HttpResponse]
Guarded = Callable[Concatenate[VisitorRequest, Organisation, P], HttpResponse]


def signed_in(view: View[P]) -> Guarded[P]:
    """Let only people signed in at this organisation pass; the others sign in and come back.

    The page is never kept by a browser or a proxy (SES-12).
    """

    @never_cache
    @wraps(view)
    def guarded(
        request: VisitorRequest,
        /,
        organisation: Organisation,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> HttpResponse:
        if request.account:
            return view(cast("SignedInRequest", request), organisation, *args, **kwargs)
        where = reverse("signin:sign-in", args=[organisation])
        if request.method == "GET" and request.path != reverse("home", args=[organisation]):
            where += "?" + urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(where)

    return cast("Guarded[P]", guarded)
