"""Exchange a ticket for an identity with the organisation's CAS server."""

import logging
import ssl
from functools import cache

from django.conf import settings
from django.urls import reverse

from trousseau.accounts.services import crowds
from trousseau.organisations.links import absolute
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import protocol, transport
from trousseau.signin.cas.protocol import Identity
from trousseau.throttling.keys import network_of

log = logging.getLogger(__name__)
# However slow CAS servers are, they keep at most a quarter of the threads. Half of them may be
# checking passwords: so pages and local sign-in go on.
rooms = transport.Rooms(
    each=max(2, settings.WEB_THREADS // 8), together=max(2, settings.WEB_THREADS // 4)
)
# Refusals that speak of us and not of the ticket: an administrator has something to settle.
_ABOUT_US = {"INVALID_SERVICE", "UNAUTHORIZED_SERVICE", "INVALID_REQUEST"}


class NotValidatedError(Exception):
    """Nobody to sign in. `why` is the key of the page that says so (`pages.TROUBLES`)."""

    def __init__(self, why: str) -> None:
        """Keep the reason; the reference of the event in the trail comes later."""
        super().__init__(why)
        self.why = why
        self.reference = ""


def limits(size: int) -> transport.Limits:
    """Return how long a CAS server or an application is waited for, and where it may be."""
    whole = settings.CAS_TIMEOUT
    return transport.Limits(
        connecting=min(3, whole),
        silence=min(5, whole),
        whole=whole,
        size=size,
        networks=settings.PRIVATE_NETWORKS,
    )


def issuer(organisation: Organisation) -> str:
    """Return what identities of the organisation's CAS server are kept under."""
    return organisation.cas_url.rstrip("/")


def service(organisation: Organisation) -> str:
    """Return the address that tickets are for: from the configuration, never from a request.

    Otherwise whoever sets the Host header chooses which service's ticket we take.
    """
    return absolute(organisation, reverse("signin:cas", args=[organisation]))


def validate(
    organisation: Organisation, ticket: str, *, visitor: str = "", renew: bool = False
) -> Identity:
    """Return whom the CAS server vouches for. Raises NotValidatedError.

    `visitor` is the network address that the ticket came from: no network keeps every place.

    With `renew` only a ticket counts for which the person has just been asked to sign in. The
    server is asked once; nothing is decided on what it did not plainly say.
    """
    if not protocol.is_service_ticket(ticket):
        raise NotValidatedError("refused")
    root = issuer(organisation)
    url = protocol.validation_url(
        root, organisation.cas_version, service(organisation), ticket, renew=renew
    )
    try:
        with rooms.entered(root, _visitors(visitor)):
            identity = protocol.read_answer(
                transport.get(url, limits(protocol.LARGEST_ANSWER), _tls())
            )
    except transport.NoRoomError as error:
        raise NotValidatedError("busy") from error
    except transport.UnreachableError as error:
        log.warning("CAS server of %s: %s", organisation.slug, error)
        raise NotValidatedError("unreachable") from error
    except (transport.UnexpectedAnswerError, protocol.RubbishError) as error:
        log.warning("CAS server of %s: %s", organisation.slug, error)
        raise NotValidatedError("rubbish") from error
    except protocol.TicketRefusedError as error:
        log.info("CAS server of %s: %s", organisation.slug, error)
        why = "service" if error.code in _ABOUT_US else "refused"
        raise NotValidatedError("rubbish" if error.code == "INTERNAL_ERROR" else why) from error
    if renew and "false" in {told.lower() for told in identity.values("isFromNewLogin")}:
        raise NotValidatedError("refused")
    return identity


def _visitors(address: str) -> str:
    """Return what shares its places: a network, unless it is a school's."""
    return "" if crowds.is_exempt(address) else str(network_of(address) or "")


@cache
def _tls() -> ssl.SSLContext:
    """Return what certificates are checked with: the system's list, and the one configured."""
    context = ssl.create_default_context()
    if settings.CAS_CA_FILE:
        context.load_verify_locations(settings.CAS_CA_FILE)
    return context
