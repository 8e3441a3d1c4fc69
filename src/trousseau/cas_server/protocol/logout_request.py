"""The notice of a sign-out (single logout), posted to each application of the session."""

from datetime import datetime

from trousseau.cas_server.protocol import markup
from trousseau.cas_server.protocol.answers import instant

# The name of the form field in which clients look for the notice.
FIELD = "logoutRequest"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"


def render(ticket: str, *, identifier: str, now: datetime) -> str:
    """Return the notice that ends the session which this service ticket has opened."""
    request = markup.root(
        "samlp:LogoutRequest",
        {
            "xmlns:samlp": PROTOCOL,
            "xmlns:saml": ASSERTION,
            "ID": f"LR-{identifier}",
            "Version": "2.0",
            "IssueInstant": instant(now),
        },
    )
    markup.add(request, "saml:NameID", "@NOT_USED@")
    markup.add(request, "samlp:SessionIndex", ticket)
    return markup.serialised(request)
