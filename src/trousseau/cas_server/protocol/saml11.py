"""SAML 1.1, as old clients speak it to `/samlValidate`: request read, response written."""

import xml.parsers.expat
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from trousseau.cas_server.protocol import markup
from trousseau.cas_server.protocol.answers import Answer, Failure, Success, instant

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PROTOCOL = "urn:oasis:names:tc:SAML:1.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:1.0:assertion"
PASSWORD = "urn:oasis:names:tc:SAML:1.0:am:password"  # noqa: S105 - a method's name
CONTENT_TYPE = "text/xml; charset=utf-8"
MAX_BYTES = 64 * 1024
VALID_FOR = timedelta(seconds=60)


class UnreadableRequestError(ValueError):
    """The body is no SAML 1.1 request."""


@dataclass(frozen=True)
class Request:
    """What a client asks."""

    identifier: str
    ticket: str


def read(body: bytes) -> Request:
    """Return the ticket that a request asks about; raises UnreadableRequestError.

    A document type, and with it every entity, is refused (VAL-02).
    """
    if len(body) > MAX_BYTES:
        raise UnreadableRequestError("too long")
    try:
        _refuse_document_types(body)
        envelope = ET.fromstring(body)  # noqa: S314 - without document type there is no entity
    except (ET.ParseError, xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableRequestError("not XML") from error
    request = envelope.find(f".//{{{PROTOCOL}}}Request")
    artifact = envelope.find(f".//{{{PROTOCOL}}}AssertionArtifact")
    if request is None or artifact is None:
        raise UnreadableRequestError("no request")
    return Request(request.get("RequestID", ""), (artifact.text or "").strip())


def render(
    answer: Answer, *, identifier: str, recipient: str, issuer: str, now: datetime, in_reply_to: str
) -> str:
    """Return the SOAP envelope with the SAML 1.1 response.

    `identifier` makes the response's and the assertion's own identifiers; `issuer` names us.
    """
    envelope = markup.root("soap:Envelope", {"xmlns:soap": SOAP})
    body = markup.add(envelope, "soap:Body")
    response = markup.add(
        body,
        "saml1p:Response",
        **{
            "xmlns:saml1p": PROTOCOL,
            "InResponseTo": in_reply_to,
            "IssueInstant": instant(now),
            "MajorVersion": "1",
            "MinorVersion": "1",
            "Recipient": recipient,
            "ResponseID": f"_{identifier}",
        },
    )
    status = markup.add(response, "saml1p:Status")
    if isinstance(answer, Success):
        markup.add(status, "saml1p:StatusCode", Value="saml1p:Success")
        _assertion(response, answer, f"_a{identifier}", recipient, issuer, now)
    else:
        description = answer.description if isinstance(answer, Failure) else ""
        markup.add(status, "saml1p:StatusCode", Value="saml1p:RequestDenied")
        markup.add(status, "saml1p:StatusMessage", description)
    return markup.serialised(envelope)


def _assertion(  # noqa: PLR0917 - six facts that belong together
    response: Element, answer: Success, identifier: str, audience: str, issuer: str, now: datetime
) -> None:
    assertion = markup.add(
        response,
        "saml1:Assertion",
        **{
            "xmlns:saml1": ASSERTION,
            "AssertionID": identifier,
            "IssueInstant": instant(now),
            "Issuer": issuer,
            "MajorVersion": "1",
            "MinorVersion": "1",
        },
    )
    _conditions(assertion, audience, now)
    statement = markup.add(
        assertion,
        "saml1:AuthenticationStatement",
        AuthenticationInstant=instant(answer.sign_in.at if answer.sign_in else now),
        AuthenticationMethod=PASSWORD,
    )
    _subject(statement, answer.user)
    if answer.attributes:
        attributes = markup.add(assertion, "saml1:AttributeStatement")
        _subject(attributes, answer.user)
        for name, values in answer.attributes.items():
            one = markup.add(
                attributes,
                "saml1:Attribute",
                AttributeName=name,
                AttributeNamespace="http://www.ja-sig.org/products/cas/",
            )
            for value in values:
                markup.add(one, "saml1:AttributeValue", value)


def _conditions(assertion: Element, audience: str, now: datetime) -> None:
    conditions = markup.add(
        assertion,
        "saml1:Conditions",
        NotBefore=instant(now - VALID_FOR),
        NotOnOrAfter=instant(now + VALID_FOR),
    )
    restriction = markup.add(conditions, "saml1:AudienceRestrictionCondition")
    markup.add(restriction, "saml1:Audience", audience)


def _subject(parent: Element, user: str) -> None:
    subject = markup.add(parent, "saml1:Subject")
    markup.add(subject, "saml1:NameIdentifier", user)
    confirmation = markup.add(subject, "saml1:SubjectConfirmation")
    markup.add(confirmation, "saml1:ConfirmationMethod", "urn:oasis:names:tc:SAML:1.0:cm:artifact")


def _refuse_document_types(body: bytes) -> None:
    def refuse(*_: object) -> None:
        raise UnreadableRequestError("a document type")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(body, True)  # noqa: FBT003 - expat's signature
