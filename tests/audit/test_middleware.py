"""Who is believed on where a visitor comes from."""

from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from trousseau.audit import origin
from trousseau.audit.middleware import ForwardedHeaders, Refusals

FORWARDED = {"x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https"}


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::1/128")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def seen(peer: str, headers: dict[str, str]) -> tuple[str, bool]:
    """Return the visitor's address and whether they came by https, as the product sees them."""
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    ForwardedHeaders(lambda _: HttpResponse())(request)
    return origin.client_address(request), request.is_secure()


@pytest.mark.parametrize("peer", ["10.1.2.3", "2001:db8::1"])
def test_proxy_of_ours_is_believed(peer: str) -> None:
    """LOG-01."""
    assert seen(peer, FORWARDED) == ("192.0.2.1", True)


@pytest.mark.parametrize("peer", ["198.51.100.7", "2001:db8::2"])
def test_stranger_is_believed_in_nothing(peer: str) -> None:
    """LOG-01, SES-01: neither on the address nor on https."""
    assert seen(peer, FORWARDED) == (peer, False)


def test_nobody_is_believed_without_a_proxy_named(settings: Settings) -> None:
    """LOG-01."""
    settings.TRUSTED_PROXIES = []
    assert seen("10.1.2.3", FORWARDED) == ("10.1.2.3", False)


@given(claimed=st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"])))
def test_visitor_cannot_write_before_what_the_proxy_added(claimed: str) -> None:
    """LOG-01: the last address is the one that our proxy saw."""
    headers = {"x-forwarded-for": f"{claimed}, 198.51.100.7, 10.9.9.9"}
    assert seen("10.1.2.3", headers)[0] == "198.51.100.7"


@pytest.mark.parametrize("chain", ["", "10.1.1.1", "10.1.1.1, 10.1.1.2"])
def test_proxy_that_names_no_visitor_stands_for_them(chain: str) -> None:
    """LOG-01."""
    assert seen("10.1.2.3", {"x-forwarded-for": chain})[0] == "10.1.2.3"


def test_address_that_is_none_is_not_recorded() -> None:
    """LOG-05."""
    assert seen("10.1.2.3", {"x-forwarded-for": "192.0.2.1\tforged"})[0] == ""


def test_status_that_http_does_not_name_is_answered_as_it_is() -> None:
    answer = Refusals(lambda _: HttpResponse(status=499))(RequestFactory().get("/"))
    assert answer.status_code == 499
