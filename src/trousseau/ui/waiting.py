"""Tell when something may be tried again."""

import math
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trousseau import clock

TOLD_IN_SECONDS = 90


def sentence(until: datetime | None) -> str:
    """Return one sentence on when to try again; None: not by trying (ERR-01)."""
    if until is None:
        return _(
            "Too many attempts. Choose a new password, or use a device on which you have signed in "
            "before."
        )
    seconds = seconds_left(until)
    if seconds <= TOLD_IN_SECONDS:
        return ngettext(
            "Too many attempts. Try again in %(seconds)s second.",
            "Too many attempts. Try again in %(seconds)s seconds.",
            seconds,
        ) % {"seconds": seconds}
    # The minute after: whoever comes back at the moment they were told must not be too early.
    moment = localtime(until + timedelta(seconds=59))
    return _("Too many attempts. Try again at %(time)s.") % {"time": date_format(moment, _("H:i"))}


def seconds_left(until: datetime) -> int:
    """Return how many seconds are left, one at least."""
    return max(1, math.ceil((until - clock.now()).total_seconds()))
