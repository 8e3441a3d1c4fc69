"""Answers as documents: structure, order, escaping."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.cas_server.protocol import as_json, as_xml, logout_request, markup, saml11
from trousseau.cas_server.protocol.answers import (
    Code,
    Failure,
    ProxyFailure,
    ProxySuccess,
    SignInFacts,
    Success,
    is_attribute_name,
)

CAS = "{http://www.yale.edu/tp/cas}"
MOMENT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
EVERYTHING = Success(
    "ange",
    {"mail": ["a@b.example"], "class": ["5e B", "6e A"]},
    SignInFacts(MOMENT, from_new_login=True),
    "PGTIOU-1",
    ("https://b.example/cb", "https://a.example/cb"),
)


def in_xml(answer: object) -> ET.Element:
    root = ET.fromstring(as_xml.render(answer))  # type: ignore[arg-type]
    assert root.tag == f"{CAS}serviceResponse"
    (content,) = root
    return content


def flat(element: ET.Element) -> list[tuple[str, str]]:
    return [(one.tag.removeprefix(CAS), one.text or "") for one in element.iter()][1:]


def test_success_in_xml_holds_everything_in_the_order_of_the_schema() -> None:
    assert flat(in_xml(EVERYTHING)) == [
        ("user", "ange"),
        ("attributes", ""),
        ("authenticationDate", "2026-09-01T08:30:00Z"),
        ("longTermAuthenticationRequestTokenUsed", "false"),
        ("isFromNewLogin", "true"),
        ("mail", "a@b.example"),
        ("class", "5e B"),
        ("class", "6e A"),
        ("proxyGrantingTicket", "PGTIOU-1"),
        ("proxies", ""),
        ("proxy", "https://b.example/cb"),
        ("proxy", "https://a.example/cb"),
    ]


def test_success_in_json_holds_the_same() -> None:
    assert json.loads(as_json.render(EVERYTHING)) == {
        "serviceResponse": {
            "authenticationSuccess": {
                "user": "ange",
                "attributes": {
                    "authenticationDate": ["2026-09-01T08:30:00Z"],
                    "longTermAuthenticationRequestTokenUsed": [False],
                    "isFromNewLogin": [True],
                    "mail": ["a@b.example"],
                    "class": ["5e B", "6e A"],
                },
                "proxyGrantingTicket": "PGTIOU-1",
                "proxies": ["https://b.example/cb", "https://a.example/cb"],
            }
        }
    }


def test_success_of_cas2_is_the_user_alone() -> None:
    assert flat(in_xml(Success("ange"))) == [("user", "ange")]
    assert json.loads(as_json.render(Success("ange"))) == {
        "serviceResponse": {"authenticationSuccess": {"user": "ange"}}
    }


@pytest.mark.parametrize(
    ("answer", "tag", "key"),
    [
        (Failure(Code.INVALID_TICKET, "No."), "authenticationFailure", "description"),
        (ProxyFailure(Code.UNAUTHORIZED_SERVICE, "No."), "proxyFailure", "description"),
    ],
)
def test_failure_has_its_code_and_a_sentence(
    answer: Failure | ProxyFailure, tag: str, key: str
) -> None:
    element = in_xml(answer)
    assert (element.tag, element.get("code"), element.text) == (CAS + tag, answer.code, "No.")
    assert json.loads(as_json.render(answer)) == {
        "serviceResponse": {tag: {"code": answer.code, key: "No."}}
    }


def test_proxy_success_holds_the_ticket() -> None:
    assert flat(in_xml(ProxySuccess("PT-1"))) == [("proxyTicket", "PT-1")]
    assert json.loads(as_json.render(ProxySuccess("PT-1"))) == {
        "serviceResponse": {"proxySuccess": {"proxyTicket": "PT-1"}}
    }


@given(st.text(), st.lists(st.text(), min_size=1))
def test_xml_hostile_attribute_values_escaped(user: str, values: list[str]) -> None:
    """Whatever people are called, the document parses, and says it."""
    answer = in_xml(Success(user, {"name": values}))
    expected = [("user", user), ("attributes", ""), *(("name", value) for value in values)]
    assert flat(answer) == [(tag, as_read(text)) for tag, text in expected]


@pytest.mark.parametrize(
    "name",
    [
        "</cas:user><cas:user>admin</cas:user>",
        "<!DOCTYPE x [<!ENTITY e 'boom'>]>&e;",
        "<![CDATA[x]]>",
        "a&b<c>d\"e'f",
        "nul\x00 bell\x07 escape\x1b",
        "\ufffe \ud800",
    ],
)
def test_xml_hostile_names_stay_text(name: str) -> None:
    assert in_xml(Success(name)).findtext(f"{CAS}user") == markup.legal(name)


def as_read(text: str) -> str:
    """Return the text as any XML parser hands it on."""
    return markup.legal(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("mail", True),
        ("ENTPersonJointure", True),
        ("user-name_2.0", True),
        ("isFromNewLogin", False),
        ("authenticationDate", False),
        ("2nd", False),
        ("cas:user", False),
        ("a b", False),
        ("a>", False),
        ("é", False),
        ("", False),
    ],
)
def test_attribute_names_are_names_in_every_xml(name: str, *, usable: bool) -> None:
    assert is_attribute_name(name) is usable


def test_saml_request_is_read() -> None:
    body = (
        b'<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">'
        b'<SOAP-ENV:Body><samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" '
        b'MajorVersion="1" MinorVersion="1" RequestID="_1"><samlp:AssertionArtifact>ST-1'
        b"</samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    assert saml11.read(body) == saml11.Request("_1", "ST-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ticket=ST-1",
        b"<a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a>&b;</a>",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>" * 30000,
        b"\xff\xfe<\x00",
    ],
)
def test_saml_request_that_is_none_is_refused(body: bytes) -> None:
    """VAL-02: no document type, no entity, no end of nesting."""
    with pytest.raises(saml11.UnreadableRequestError):
        saml11.read(body)


@given(st.binary(max_size=200))
def test_saml_request_of_any_bytes_never_breaks(body: bytes) -> None:
    with pytest.raises(saml11.UnreadableRequestError):
        saml11.read(body)


def test_saml_response_names_user_audience_and_attributes() -> None:
    text = saml11.render(
        EVERYTHING,
        identifier="1",
        recipient="https://a.example/",
        issuer="https://cas.example/",
        now=MOMENT,
        in_reply_to="_9",
    )
    root = ET.fromstring(text)
    one = "{urn:oasis:names:tc:SAML:1.0:assertion}"
    attributes = {
        element.get("AttributeName"): [value.text for value in element]
        for element in root.iter(f"{one}Attribute")
    }
    assert attributes == {"mail": ["a@b.example"], "class": ["5e B", "6e A"]}
    assert {element.text for element in root.iter(f"{one}NameIdentifier")} == {"ange"}
    assert [element.text for element in root.iter(f"{one}Audience")] == ["https://a.example/"]
    status = root.find(".//{urn:oasis:names:tc:SAML:1.0:protocol}StatusCode")
    assert status is not None
    assert status.get("Value") == "saml1p:Success"


def test_logout_request_names_the_ticket() -> None:
    root = ET.fromstring(logout_request.render("ST-1", identifier="9", now=MOMENT))
    assert root.tag == "{urn:oasis:names:tc:SAML:2.0:protocol}LogoutRequest"
    assert (root.get("ID"), root.get("Version"), root.get("IssueInstant")) == (
        "LR-9",
        "2.0",
        "2026-09-01T08:30:00Z",
    )
    assert [(one.tag.partition("}")[2], one.text) for one in root] == [
        ("NameID", "@NOT_USED@"),
        ("SessionIndex", "ST-1"),
    ]
