"""Go back to where somebody was, if it is one of our own pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


def local_target(target: str, default: str) -> str:
    r"""Return the target when it is a path of this very site, else the default (SIG-13).

    Only an absolute path is taken: `//host`, `/\\host`, `https:host`, control characters and
    the like lead elsewhere in some browser or other.
    """
    path = target.startswith("/") and target.isprintable()
    safe = path and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if safe else default


def see_other(location: str) -> HttpResponseRedirect:
    """Answer 303: the browser asks for the next page with GET, whatever the method was."""
    response = HttpResponseRedirect(location)
    response.status_code = 303
    return response


def onward(request: HttpRequest, location: str, name: str) -> HttpResponse:
    """Lead somebody who has just sent a form to another site.

    Browsers hold the form's page to its `form-action` over every redirect that follows, however
    many sites it crosses; a page that opens the next address by itself ends that chain. Programs
    that ask for no page get the plain redirect.
    """
    if "text/html" not in request.headers.get("Accept", ""):
        return see_other(location)
    return render(request, "ui/onward.html", {"location": location, "name": name})
