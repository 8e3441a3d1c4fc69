"""Sentences that several pages say."""

from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.translation import gettext as _

from trousseau.accounts.services.code_apps import TooSoonError


def too_soon(error: TooSoonError) -> str:
    """Say when a code may be tried again, or that another way is needed."""
    if error.until is None:
        return _(
            "There were too many wrong codes. Use a saved code, or ask a person who helps here."
        )
    moment = date(timezone.localtime(error.until), _("H:i:s"))
    return _("There were several wrong codes. Try again after %(time)s.") % {"time": moment}
