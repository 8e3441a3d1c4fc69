"""Requests that another site makes a browser send."""

from collections.abc import Mapping

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    HOST,
    PASSWORD,
    is_signed_in,
    make_account,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import heading
from trousseau.organisations.models import Organisation

OURS = f"http://{HOST}"
ALLOWED: list[Mapping[str, str]] = [
    {},
    {"origin": OURS},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "same-origin", "origin": OURS},
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {"sec-fetch-site": "none"},
]
REFUSED: list[Mapping[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": OURS},
    {"sec-fetch-site": "Same-Origin "},
    {"sec-fetch-site": ""},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": f"https://{HOST}"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:8001"},
    {"origin": f"{OURS}.evil.example"},
    {"origin": f"http://evil.example@{HOST}"},
    {"origin": HOST},
    {"origin": f"//{HOST}"},
    {"origin": "http://["},
    {"origin": f"{OURS} {OURS}"},
]


@pytest.mark.parametrize("headers", ALLOWED, ids=repr)
def test_sign_in_from_our_own_page_is_accepted(
    leia: Organisation, headers: Mapping[str, str]
) -> None:
    """SIG-12."""
    browser = new_browser(**headers)
    assert sign_in(browser, make_account(leia, "ada")).status_code == 303


@pytest.mark.parametrize("headers", REFUSED, ids=repr)
def test_sign_in_from_another_site_is_refused(
    leia: Organisation, headers: Mapping[str, str]
) -> None:
    """SIG-12: nobody is signed in to somebody else's account behind their back."""
    browser = new_browser(**headers)
    answer = sign_in(browser, make_account(leia, "ada"))
    assert answer.status_code == 403
    assert heading(answer) == "This is not allowed"
    assert not is_signed_in(browser, leia)


@pytest.mark.parametrize("headers", REFUSED[:3] + REFUSED[5:6], ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        "/language/",
        "/recover/",
        "/leia/recover/",
        "/leia/help/",
        "/leia/sign-out/",
        "/leia/pwd/",
        "/leia/pwd/judge/",
        "/leia/settings/password/",
        "/leia/settings/password/judge/",
        "/leia/settings/details/",
        "/leia/settings/sessions/",
        "/leia/settings/addresses/add/",
        "/leia/settings/addresses/remove/",
        "/leia/settings/addresses/confirm/",
        "/leia/settings/addresses/object/",
    ],
)
def test_every_change_from_another_site_is_refused(
    leia: Organisation, path: str, headers: Mapping[str, str]
) -> None:
    """WEB-08."""
    browser = signed_in(make_account(leia, "ada"))
    assert browser.post(path, {"current_password": PASSWORD}, headers=headers).status_code == 403
    assert is_signed_in(browser, leia)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_unsafe_methods_from_another_site_are_refused(
    visitor: Client, leia: Organisation, method: str
) -> None:
    """WEB-08."""
    answer = getattr(visitor, method)(
        f"/{leia.slug}/sign-in/", headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", REFUSED, ids=repr)
def test_links_from_other_sites_open_our_pages(
    visitor: Client, leia: Organisation, headers: Mapping[str, str]
) -> None:
    assert visitor.get(f"/{leia.slug}/sign-in/", headers=headers).status_code == 200


def test_null_origin_with_our_cookie_is_our_own_page(leia: Organisation) -> None:
    """WEB-08: an older browser, on a page of ours that asks for no referrer."""
    browser = signed_in(make_account(leia, "ada"))
    answer = browser.post("/leia/sign-out/", headers={"origin": "null"})
    assert answer.status_code == 303
    assert not is_signed_in(browser, leia)


def test_null_origin_with_a_strange_cookie_is_refused(leia: Organisation) -> None:
    """WEB-08."""
    browser = new_browser()
    browser.cookies["language"] = "en"
    answer = browser.post(f"/{leia.slug}/recover/", headers={"origin": "null"})
    assert answer.status_code == 403


def test_own_host_is_an_origin_of_its_own(leia: Organisation) -> None:
    """WEB-08: the platform's pages are another site for it."""
    leia.hosts.create(name="ent.cervione.example")
    browser = new_browser(host="ent.cervione.example")
    fields = {"email": "ada@example.com"}
    for origin, status in (("http://ent.cervione.example", 303), (OURS, 403)):
        answer = browser.post("/leia/recover/", fields, headers={"origin": origin})
        assert answer.status_code == status


@pytest.mark.usefixtures("leia")
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(origin=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=60))
def test_any_origin_that_is_not_ours_is_refused(visitor: Client, origin: str) -> None:
    """WEB-08: and none is an error."""
    answer = visitor.post("/leia/recover/", {"email": "a@b.example"}, headers={"origin": origin})
    assert answer.status_code == 403
