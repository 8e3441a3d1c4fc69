"""Go back to where somebody was, if it is one of our own pages."""

from django.http import HttpResponseRedirect
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
