"""What is known of somebody between the password and the second step.

It is kept in a session that is nobody's: it opens no page and no application, whoever asks
(SES-02). A browser that is signed in as the same person already stays so. Ten minutes, one
browser; a password changed or an account suspended meanwhile ends it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from trousseau import clock
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import HALF_WAY, SessionStore
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation

LIFETIME = timedelta(minutes=10)


class Stage(StrEnum):
    """What is missing: a second factor shown, or one set up in the first place."""

    SHOW = "show"
    SET_UP = "set-up"


@dataclass(frozen=True)
class Pending:
    """Who has proven the first factor, by what, with which CAS ticket, on the way to where."""

    account: Account
    stage: Stage
    factor: str
    ticket: str
    to: str
    # Whether it was proven just now, which a CAS server may not have asked for.
    fresh: bool = True


Opener = Callable[[SessionStore, Pending, Mapping[str, str], Origin, str], str]
_openers: list[Opener] = []


def register(opener: Opener) -> None:
    """Have the room that opens sessions open one when the second step is taken."""
    _openers[:] = [opener]


def keep(session: SessionStore, waiting: Pending, origin: Origin) -> None:
    """Remember in this browser that the first factor fits.

    Raises CreateError for a CAS ticket that has opened something already; the session is then as
    it was.
    """
    account = waiting.account
    with session.in_one_piece():
        if session.session_key and session.account_id == account.pk:
            session.cycle_key()
        else:
            session.flush()
            session.describe(None, origin.agent, origin.address, ticket=waiting.ticket)
        session[HALF_WAY] = {
            "account": account.pk,
            "bound": account.get_session_auth_hash(),
            "stage": waiting.stage,
            "factor": waiting.factor,
            "ticket": waiting.ticket,
            "to": waiting.to,
            "fresh": waiting.fresh,
            "until": (clock.now() + LIFETIME).isoformat(),
        }
        session.save()


def of(session: SessionStore, organisation: Organisation) -> Pending | None:
    """Return who is between the two steps in this browser and organisation, if anybody is.

    Whoever was to set a factor up, and has one meanwhile, must show it; whose factors were taken
    off meanwhile starts again.
    """
    kept: dict[str, Any] | None = session.get(HALF_WAY)
    if kept is None or clock.now() > datetime.fromisoformat(kept["until"]):
        return None
    account = Account.objects.filter(pk=kept["account"], organisation=organisation).first()
    if account is None or not account.is_active:
        return None
    account.organisation = organisation
    if account.get_session_auth_hash() != kept["bound"]:
        return None
    stage = Stage(kept["stage"])
    if account.protected_since:
        stage = Stage.SHOW
    elif stage is Stage.SHOW:
        return None
    return Pending(account, stage, kept["factor"], kept["ticket"], kept["to"], fresh=kept["fresh"])


def complete(
    session: SessionStore,
    waiting: Pending,
    devices: Mapping[str, str],
    origin: Origin,
    second: str,
) -> str:
    """Open the session, under a fresh key: the second step is taken, by the factor `second`.

    `devices`: what the browser shows of having been trusted. Return the secret that it is to keep
    (`device_cookies.put`); none where there is nothing to keep. Raises CreateError for a CAS
    ticket that has opened something already.
    """
    (opener,) = _openers
    return opener(session, waiting, devices, origin, second)
