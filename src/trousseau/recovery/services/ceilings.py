"""How often one network may ask to get back in.

Each address has its own measure (`asking`); this one only stops a machine that goes through a
list of addresses. There is none for the address alone across organisations, nor for all of an
organisation: whoever used it up in other people's names would keep them out (REC-24).
"""

from datetime import timedelta

from trousseau.accounts.services import crowds
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation
from trousseau.throttling.limits import Limit

# A large school's staff room, on the day when everybody has forgotten everything.
FROM_A_NETWORK = Limit(600, timedelta(hours=1))


def take_turn(organisation: Organisation | None, origin: Origin) -> None:
    """Count a request for its network, whoever it asks for. Raises HeldError."""
    if not crowds.is_exempt(origin.address):
        crowds.take_for_network(FROM_A_NETWORK, "recovery requests", organisation, origin)
