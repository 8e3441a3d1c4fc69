"""Take the second step at sign-in: a code of an application, or a saved code."""

from django.db import transaction

from trousseau.accounts.models import Account
from trousseau.accounts.services import code_apps, factors, lost_factors, saved_codes
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag

SAVED_CODE = "saved-code"


class WrongCodeError(Exception):
    """Neither an application of the person shows this code now, nor is it a saved one."""


def take(account: Account, typed: str, origin: Origin) -> str:
    """Return which factor the code is of: `app` or `saved-code`, the latter now used up.

    Raises WrongCodeError and code_apps.TooSoonError, and the trail knows of either.
    """
    code = "".join(typed.split())
    is_short = len(code) == code_apps.DIGITS and code.isascii() and code.isdecimal()
    factor = factors.APP if is_short else SAVED_CODE
    try:
        accepted = code_apps.accept(account, code) if is_short else _use_saved(account, code)
    except code_apps.TooSoonError:
        refused(account, origin, factor, too_soon="yes")
        raise
    if not accepted:
        refused(account, origin, factor)
        raise WrongCodeError
    return factor


def taken(account: Account, origin: Origin) -> None:
    """Draw the consequences of somebody's having shown a second factor at sign-in.

    The wrong codes that others may have typed are forgotten (SIG-06), and whoever has said of
    them that they had lost it all was wrong.
    """
    code_apps.forgive(account)
    lost_factors.stop(account, origin)


def _use_saved(account: Account, code: str) -> bool:
    with transaction.atomic():
        accepted = saved_codes.accept(account, code)
        if accepted:
            factors.tell(account, "code-used")
    return accepted


def refused(account: Account, origin: Origin, factor: str, **facts: str) -> None:
    """Note in the trail that a second step was missed."""
    trail.record(
        Tag.FACTOR_REFUSED,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        outcome=Outcome.REFUSED,
        factor=factor,
        **facts,
    )
