"""What CAS servers answer, true ones and others."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.yale.edu/tp/cas"


def response(inside: str, namespace: str = NAMESPACE) -> str:
    return f"<cas:serviceResponse xmlns:cas={quoteattr(namespace)}>{inside}</cas:serviceResponse>"


def success(
    user: str = "ange", attributes: Mapping[str, tuple[str, ...]] | None = None, more: str = ""
) -> str:
    told = "".join(
        f"<cas:{name}>{escape(value)}</cas:{name}>"
        for name, values in (attributes or {}).items()
        for value in values
    )
    return response(
        f"<cas:authenticationSuccess><cas:user>{escape(user)}</cas:user>"
        f"<cas:attributes>{told}</cas:attributes>{more}</cas:authenticationSuccess>"
    )


def failure(code: str = "INVALID_TICKET") -> str:
    inside = f"<cas:authenticationFailure code={quoteattr(code)}>no</cas:authenticationFailure>"
    return response(inside)


def logout_request(*tickets: str) -> str:
    indexes = "".join(f"<samlp:SessionIndex>{escape(one)}</samlp:SessionIndex>" for one in tickets)
    return (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="LR-1" Version="2.0"'
        ' IssueInstant="2026-11-22T10:00:00Z"><saml:NameID>@NOT_USED@</saml:NameID>'
        f"{indexes}</samlp:LogoutRequest>"
    )
