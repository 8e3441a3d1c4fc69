"""Addresses of applications: what is refused, and what lies below what."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.cas_server import matching

REGISTERED = matching.parse("https://good.example/app/")


def accepts(text: str, registered: matching.Address = REGISTERED) -> bool:
    try:
        return matching.covers(registered, matching.parse(text))
    except matching.UnusableAddressError:
        return False


@pytest.mark.parametrize(
    "address",
    [
        "https://good.example/app/",
        "https://good.example/app",
        "https://good.example/app/page",
        "https://good.example/app/page?a=1&b=2",
        "https://good.example/app?b=2&a=1",
        "HTTPS://GOOD.example/app/",
        "https://good.example:443/app/",
        "https://good.example/app/page;jsessionid=1A2B",
        "https://good.example/app/;jsessionid=1A2B",
        "https://good.example/app/a.b/c%20d",
        "https://good.example/app/page?q=%E9",
        "https://good.example/app/%C3%A9l%C3%A8ves",
    ],
)
def test_address_at_or_below_the_registered_one_is_covered(address: str) -> None:
    assert accepts(address)


@pytest.mark.parametrize(
    "address",
    [
        # another host, in all sorts of clothes
        "https://good.example.evil.example/app/",
        "https://evil.example/app/",
        "https://goodxexample/app/",
        "https://good.example./app/",
        "https://xgood.example/app/",
        "https://sub.good.example/app/",
        "https://good.example@evil.example/app/",
        "https://good.example:443@evil.example/app/",
        "https://evil.example/@good.example/app/",
        "https://evil.example?https://good.example/app/",
        "https://evil.example#https://good.example/app/",
        "https://evil.example\\@good.example/app/",
        "https://good.example\\.evil.example/app/",
        "https://evil.example%2fgood.example/app/",
        "https://good.example%00.evil.example/app/",
        "https://good.example%2eevil.example/app/",
        "https://g\u043e\u043ed.example/app/",
        "https://\uff47ood.example/app/",
        "https://good\u3002example/app/",
        "https://good..example/app/",
        "//good.example/app/",
        "/app/",
        # another scheme or port
        "http://good.example/app/",
        "ftp://good.example/app/",
        "javascript:https://good.example/app/",
        "https:good.example/app/",
        "https:/good.example/app/",
        "https:///good.example/app/",
        "https:\\\\good.example/app/",
        "https://good.example:444/app/",
        "https://good.example:80/app/",
        "https://good.example:0443/app/",
        "https://good.example:/app/",
        "https://good.example:99999/app/",
        "https://good.example:-1/app/",
        # another path
        "https://good.example/",
        "https://good.example/application/",
        "https://good.example/app.evil/",
        "https://good.example/APP/",
        "https://good.example//app/",
        "https://good.example/app;jsessionid=1/",
        "https://good.example/app/../admin",
        "https://good.example/app/..",
        "https://good.example/app/./x",
        "https://good.example/app/%2e%2e/admin",
        "https://good.example/app/%2E./admin",
        "https://good.example/app/%252e%252e/admin",
        "https://good.example/app/%25252e%25252e/admin",
        "https://good.example/app/..;/admin",
        "https://good.example/app/..%2fadmin",
        "https://good.example/app/%2e%2e%5cadmin",
        "https://good.example/app/..\\admin",
        "https://good.example/app//page",
        "https://good.example/app//",
        "https://good.example/app/;a=1/page",
        "https://good.example/app/...",
        "https://good.example/app/..%20/admin",
        "https://good.example/app/%20/admin",
        "https://good.example/app/%20",
        "https://good.example/app/%E9l%E8ves",
        "https://good.example/app/%ff",
        "https://good.example/app/%c0%ae%c0%ae/admin",
        "https://good.example/app/%25ff",
        "https://good.example/app/%00",
        "https://good.example/app/%0d%0aSet-Cookie:%20a=b",
        "https://good.example/app/%",
        "https://good.example/app/%zz",
        # what a browser, a log or a header would trip over
        "https://good.example/app/#fragment",
        "https://good.example/app/#",
        " https://good.example/app/",
        "https://good.example/app/ ",
        "https://good.example/app/\r\nSet-Cookie: a=b",
        "https://good.example/app/\tx",
        "https://good.example/app/\x00",
        'https://good.example/app/"><script>',
        "https://good.example/app/é",
        "https://good.example/app/" + "x" * 2000,
        "",
    ],
)
def test_hostile_address_is_refused(address: str) -> None:
    assert not accepts(address)


@pytest.mark.parametrize(
    ("registered", "asked", "covered"),
    [
        ("https://good.example/", "https://good.example", True),
        ("https://good.example/", "https://good.example/anything", True),
        ("https://good.example:8443/", "https://good.example:8443/x", True),
        ("https://good.example:8443/", "https://good.example/x", False),
        ("https://good.example/a/b", "https://good.example/a", False),
        ("http://127.0.0.1:8099/m/", "http://127.0.0.1:8099/m/", True),
        ("http://127.0.0.1:8099/m/", "http://localhost:8099/m/", False),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/x", True),
    ],
)
def test_covers_compares_scheme_host_port_and_segments(
    registered: str, asked: str, *, covered: bool
) -> None:
    assert matching.covers(matching.parse(registered), matching.parse(asked)) is covered


@pytest.mark.parametrize(
    ("address", "plain_loopback", "usable"),
    [
        ("https://good.example/", False, True),
        ("http://good.example/", True, False),
        ("http://127.0.0.1:8099/", True, True),
        ("http://localhost/", True, True),
        ("http://[::1]:1/", True, True),
        ("http://127.0.0.1:8099/", False, False),
        ("http://127.0.0.1.evil.example/", True, False),
    ],
)
def test_plain_http_is_for_this_machine_in_the_demonstration_only(
    address: str, *, plain_loopback: bool, usable: bool
) -> None:
    parsed = matching.parse(address)
    assert matching.may_be_used(parsed, plain_loopback=plain_loopback) is usable


@pytest.mark.parametrize(
    ("service", "location"),
    [
        ("https://a.example/x", "https://a.example/x?ticket=ST-1"),
        ("https://a.example/x?", "https://a.example/x?ticket=ST-1"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1&ticket=ST-1"),
        ("https://a.example/x?b=2&", "https://a.example/x?b=2&ticket=ST-1"),
    ],
)
def test_with_ticket_keeps_the_query(service: str, location: str) -> None:
    assert matching.with_ticket(service, "ST-1") == location


@pytest.mark.parametrize(
    ("asked", "service"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("https://a.example/x?b=2&&a=%E9&tickets=3", "https://a.example/x?b=2&&a=%E9&tickets=3"),
        ("https://a.example/ticket=1", "https://a.example/ticket=1"),
        ("https://a.example/x?ticket=ST-0", "https://a.example/x"),
        ("https://a.example/x?ticket", "https://a.example/x"),
        ("https://a.example/x?ticket=ST-0&ticket=ST-1", "https://a.example/x"),
        ("https://a.example/x?b=2&%74icket=ST-0&a=1", "https://a.example/x?b=2&a=1"),
        ("https://a.example/x?ticket=a?ticket=b&c=3", "https://a.example/x?c=3"),
    ],
)
def test_without_ticket_takes_off_that_one_parameter(asked: str, service: str) -> None:
    assert matching.without_ticket(asked) == service


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_covered_is_on_the_registered_host_for_every_reader(
    before: str, after: str
) -> None:
    """Whatever surrounds the good address, it is refused or really leads there."""
    text = f"{before}https://good.example/app/{after}"
    if accepts(text):
        parts = urlsplit(text)
        assert (parts.scheme.lower(), parts.hostname, parts.username) == (
            "https",
            "good.example",
            None,
        )
        assert parts.port in {None, 443}
        assert parts.path.startswith("/app")
        assert ".." not in parts.path.split("/")


HOSTILE_PIECES = st.sampled_from(
    ["..", ".", "%2e", "%2f", "%5c", "\\", "/", "//", ";", "@", ":", "#", "?", "%25", "a", "é", " "]
)


@given(st.lists(HOSTILE_PIECES, max_size=8))
def test_no_mixture_of_hostile_pieces_climbs_out(pieces: list[str]) -> None:
    text = "https://good.example/app/" + "".join(pieces)
    if accepts(text):
        path = text.partition("?")[0].removeprefix("https://good.example")
        assert "\\" not in path
        assert {"..", "."}.isdisjoint(path.lower().replace("%2e", ".").split("/"))


@given(
    st.lists(st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), max_size=4),
    st.lists(st.tuples(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.text(max_size=5))),
)
def test_with_ticket_adds_one_parameter_and_changes_nothing_else(
    segments: list[str], query: list[tuple[str, str]]
) -> None:
    service = "https://good.example/" + "/".join(segments)
    if query:
        service += "?" + urlencode(query)
    found = urlsplit(matching.with_ticket(service, "ST-1"))
    assert found._replace(query="") == urlsplit(service)._replace(query="")
    kept = parse_qsl(urlsplit(service).query, keep_blank_values=True)
    assert parse_qsl(found.query, keep_blank_values=True) == [*kept, ("ticket", "ST-1")]
