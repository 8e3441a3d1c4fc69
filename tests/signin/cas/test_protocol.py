"""Which answers of a CAS server are believed (CAS 3.0.3, VAL-02)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signin.cas.answers import failure, logout_request, response, success
from trousseau.signin.cas import protocol
from trousseau.signin.cas.protocol import Identity, RubbishError, TicketRefusedError

ROOT = "https://cas.example.org/cas"
SERVICE = "https://ent.example.org/leia/sign-in/cas/?a=é&b=1"
USER = "<cas:user>ange</cas:user>"

# Whatever XML can carry and a person can be called; blanks around are the server's layout.
values = (
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="￾￿"),
        min_size=1,
        max_size=40,
    )
    .map(str.strip)
    .filter(bool)
)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,15}", fullmatch=True)


def inside(content: str) -> str:
    return response(f"<cas:authenticationSuccess>{content}</cas:authenticationSuccess>")


@given(values, st.dictionaries(names, st.tuples(values) | st.tuples(values, values)))
def test_answer_tells_user_and_attributes_as_they_are(
    user: str, attributes: dict[str, tuple[str, ...]]
):
    assert protocol.read_answer(success(user, attributes).encode()) == Identity(user, attributes)


@given(st.binary(max_size=300))
def test_answer_of_any_bytes_is_refused_and_nothing_worse(body: bytes):
    with pytest.raises(RubbishError):
        protocol.read_answer(body)


@given(st.data())
def test_answer_cut_short_is_refused(data: st.DataObject):
    whole = success("ange", {"uid": ("a-17",)}).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(RubbishError):
        protocol.read_answer(whole[:cut])


@pytest.mark.parametrize("code", ["INVALID_TICKET", "INVALID_SERVICE", "INTERNAL_ERROR"])
def test_refusal_tells_its_code(code: str):
    with pytest.raises(TicketRefusedError) as refusal:
        protocol.read_answer(failure(code).encode())
    assert refusal.value.code == code


def test_refusal_with_an_invented_code_brings_nothing_into_the_log():
    with pytest.raises(TicketRefusedError) as refusal:
        protocol.read_answer(failure("A\n2026-11-22 INFO all is well").encode())
    assert refusal.value.code == "UNKNOWN"


BILLION = "".join(
    f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" if n else "<!ENTITY l0 'lol'>" for n in range(10)
)
RUBBISH = {
    "nothing": "",
    "HTML": "<!doctype html><html><body>Sign in</body></html>",
    "XHTML": "<html xmlns='http://www.w3.org/1999/xhtml'><body>yes</body></html>",
    "CAS 1": "yes\nange\n",
    "JSON": '{"serviceResponse":{"authenticationSuccess":{"user":"ange"}}}',
    "too large": success("ange", more=" " * protocol.LARGEST_ANSWER),
    "another namespace": response(
        f"<cas:authenticationSuccess>{USER}</cas:authenticationSuccess>", "http://evil.example/cas"
    ),
    "no namespace": "<serviceResponse><authenticationSuccess><user>ange</user>"
    "</authenticationSuccess></serviceResponse>",
    "a success within something else": f"<x>{success()}</x>",
    "user of another namespace": inside("<user>ange</user>"),
    "no user": inside("<cas:attributes/>"),
    "empty user": inside("<cas:user> </cas:user>"),
    "two users": inside(USER + "<cas:user>admin</cas:user>"),
    "two users of which one is empty": inside(USER + "<cas:user/>"),
    "a user cut by a comment": inside("<cas:user>ange<!-- -->.evil</cas:user>"),
    "a user cut by an instruction": inside("<cas:user>ange<?x?>.evil</cas:user>"),
    "a user with elements": inside("<cas:user>ange<cas:b>x</cas:b></cas:user>"),
    "a user with a line break": inside("<cas:user>ange&#10;admin</cas:user>"),
    "a user with a control character": inside("<cas:user>ange&#x85;admin</cas:user>"),
    "an endless user": inside(f"<cas:user>{'a' * 1001}</cas:user>"),
    "a proxied ticket": inside(
        USER + "<cas:proxies><cas:proxy>https://a/</cas:proxy></cas:proxies>"
    ),
    "a proxied ticket without its chain": inside(USER + "<cas:proxies/>"),
    "success and failure": response(
        f"<cas:authenticationSuccess>{USER}</cas:authenticationSuccess>"
        "<cas:authenticationFailure code='INVALID_TICKET'/>"
    ),
    "two successes": response(f"<cas:authenticationSuccess>{USER}</cas:authenticationSuccess>" * 2),
    "a proxy's answer": response(
        "<cas:proxySuccess><cas:proxyTicket>PT-1</cas:proxyTicket></cas:proxySuccess>"
    ),
    "an empty document type": f"<!DOCTYPE x>{success()}",
    "an outside entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    + inside("<cas:user>&e;</cas:user>"),
    "an outside document type": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{success()}',
    "a billion laughs": f"<!DOCTYPE x [{BILLION}]>{inside('<cas:user>&l9;</cas:user>')}",
    "an unknown entity": inside("<cas:user>&who;</cas:user>"),
    "a thousand levels": inside(USER + "<cas:a>" * 1000 + "</cas:a>" * 1000),
    "two documents": success() * 2,
    "another prefix left open": "<cas:serviceResponse>",
}


@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH)
def test_answer_that_the_protocol_does_not_know_is_refused(body: str):
    with pytest.raises(RubbishError):
        protocol.read_answer(body.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "cp037"])
def test_declaration_hidden_by_an_encoding_is_refused(encoding: str):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [{BILLION}]>' + success()
    with pytest.raises(RubbishError):
        protocol.read_answer(text.encode(encoding))


def test_answer_with_byte_order_mark_and_layout_is_read():
    spread = success("ange", {"uid": ("a-17",)}).replace("><", ">\n  <").replace(">a", "> \n a")
    whole = '﻿<?xml version="1.0" encoding="UTF-8"?>\n' + spread
    assert protocol.read_answer(whole.encode()) == Identity("ange", {"uid": ("a-17",)})


@pytest.mark.parametrize(
    "shape",
    [
        "<cas:attributes><cas:uid>a-17</cas:uid></cas:attributes>",
        "<cas:uid>a-17</cas:uid>",
        "<cas:attributes><cas:userAttributes><cas:uid>a-17</cas:uid></cas:userAttributes></cas:attributes>",
    ],
)
def test_attributes_are_found_where_servers_of_the_field_put_them(shape: str):
    assert protocol.read_answer(inside(USER + shape).encode()).one("uid") == "a-17"


@pytest.mark.parametrize(
    "attribute",
    [
        "<cas:uid>a-17<!-- -->8</cas:uid>",
        "<cas:uid>a&#x85;17</cas:uid>",
        "<cas:uid>a&#9;17</cas:uid>",
        f"<cas:uid>{'a' * 1001}</cas:uid>",
        '<x:uid xmlns:x="urn:x">a-17</x:uid>',
    ],
)
def test_attribute_that_cannot_be_trusted_is_left_out(attribute: str):
    whole = inside(f"{USER}<cas:attributes>{attribute}</cas:attributes>")
    assert protocol.read_answer(whole.encode()) == Identity("ange", {})


def test_answer_with_more_values_than_anybody_has_is_refused():
    """VAL-09: thirty thousand of them would fit, and keep a thread busy for seconds."""
    most = protocol.MOST_VALUES
    told = {"a": ("b",) * (most - 1), "c": ("d",)}
    assert protocol.read_answer(success("ange", told).encode()).attributes == told
    with pytest.raises(RubbishError, match="too many"):
        protocol.read_answer(success("ange", told | {"e": ("f",)}).encode())
    empty = inside(USER + "<cas:a/>" * (most + 1))
    with pytest.raises(RubbishError, match="too many"):
        protocol.read_answer(empty.encode())


def test_identity_names_a_single_value_only_where_there_is_no_choice():
    identity = Identity("ange", {"uid": ("a-17", "a-17"), "mail": ("a@x.fr", "b@x.fr")})
    assert [identity.one(name) for name in ("user", "uid", "mail", "none")] == [
        "ange",
        "a-17",
        "",
        "",
    ]


@given(st.text())
def test_address_of_validation_carries_its_parameters_whole(ticket: str):
    url = protocol.validation_url(ROOT + "/", 3, SERVICE, ticket, renew=True)
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True, errors="surrogatepass")
    assert parts.path == "/cas/p3/serviceValidate"
    assert asked == {"service": [SERVICE], "ticket": [ticket], "renew": ["true"]}


def test_addresses_ask_for_no_more_than_is_wanted():
    assert protocol.login_url(ROOT, "s") == f"{ROOT}/login?service=s"
    assert protocol.login_url(ROOT, "s", gateway=True) == f"{ROOT}/login?service=s&gateway=true"
    assert protocol.logout_url(ROOT, "s") == f"{ROOT}/logout?service=s"
    cas2 = protocol.validation_url(ROOT, 2, "s", "ST-1", renew=False)
    assert cas2 == f"{ROOT}/serviceValidate?service=s&ticket=ST-1"


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ("ST-1-abc", True),
        ("ST-1-3rQ_n5C-cas01.example.org", True),
        ("ST-" + "a" * 253, True),
        ("ST-" + "a" * 254, False),
        ("ST-", False),
        ("st-1-abc", False),
        ("PT-1-abc", False),
        ("PGT-1-abc", False),
        ("ST-1 abc", False),
        ("ST-1/../x", False),
        ("ST-1&renew=", False),
        ("ST-é", False),
        ("ST-1\n", False),
        ("", False),
    ],
)
def test_service_ticket_is_told_by_its_shape(ticket: str, expected: bool):  # noqa: FBT001 -- a column of the table
    assert protocol.is_service_ticket(ticket) is expected


def test_logout_request_names_its_tickets():
    assert protocol.read_logout_request(logout_request("ST-1", "ST-2")) == ["ST-1", "ST-2"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ST-1",
        logout_request(),
        logout_request("PT-1"),
        logout_request("ST-1").replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:x"),
        "<!DOCTYPE x>" + logout_request("ST-1"),
        logout_request("ST-1" + " " * protocol.LARGEST_LOGOUT_REQUEST),
        logout_request("ST-1").replace("ST-1", "ST-1<!-- -->2"),
        "\ud800",
        success(),
    ],
)
def test_logout_request_that_is_none_is_refused(text: str):
    with pytest.raises(RubbishError):
        protocol.read_logout_request(text)


def test_record_nested_in_somebody_elses_is_not_the_persons():
    """SIG-09: a guardian's answer that lists the children does not name the guardian as a child."""
    inside = (
        "<cas:authenticationSuccess><cas:user>ange</cas:user><cas:attributes>"
        "<cas:uid>a-1</cas:uid><cas:userAttributes><cas:sn>Casanova</cas:sn></cas:userAttributes>"
        "<cas:children><cas:child><cas:uid>b-2</cas:uid></cas:child><cas:uid>b-3</cas:uid>"
        "</cas:children></cas:attributes></cas:authenticationSuccess>"
    )
    identity = protocol.read_answer(response(inside).encode())
    assert identity.attributes == {"uid": ("a-1",), "sn": ("Casanova",)}
