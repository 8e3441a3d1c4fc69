"""Take the second step at sign-in: a code of an application, or a saved code."""

from trousseau.accounts.models import Account
from trousseau.accounts.services import code_apps, factors, saved_codes
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
    try:
        accepted = (
            code_apps.accept(account, code) if is_short else saved_codes.accept(account, code)
        )
    except code_apps.TooSoonError:
        refused(account, origin, factors.APP, too_soon="yes")
        raise
    if not accepted:
        refused(account, origin, factors.APP if is_short else SAVED_CODE)
        raise WrongCodeError
    if not is_short:
        factors.tell(account, "code-used")
    return factors.APP if is_short else SAVED_CODE


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
