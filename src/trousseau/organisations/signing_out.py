"""Sign everybody of an organisation out; the room that keeps the sessions says how."""

from collections.abc import Callable

from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation

SignOut = Callable[[Organisation, Origin], int]
_rooms: list[SignOut] = []


def register(sign_out: SignOut) -> None:
    """Have a room end what it keeps open; it returns how much that was."""
    if sign_out not in _rooms:
        _rooms.append(sign_out)


def everybody(organisation: Organisation, origin: Origin) -> int:
    """End every session of the organisation; return how many there were."""
    return sum(sign_out(organisation, origin) for sign_out in _rooms)
