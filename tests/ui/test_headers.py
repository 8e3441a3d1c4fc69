"""What every answer says to browsers, and what cookies are made of."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_account, new_browser, signed_in
from tests.markup import attributes, page_of
from trousseau.organisations.models import Organisation

CHECKOUT = Path(__file__).resolve().parents[2]
Answer = dict[str, Any]
PATHS = ["/", "/leia/sign-in/", "/leia/recover/", "/leia/help/", "/leia/pwd/", "/atlantis/"]


def directives(policy: str) -> dict[str, list[str]]:
    words = [directive.split() for directive in policy.split(";") if directive.strip()]
    return {name: sources for name, *sources in words}


@pytest.fixture(scope="module")
def https() -> dict[str, Answer]:
    """Visit an installation whose address begins with https."""
    program = [sys.executable, "-W", "error", "-m", "tests.ui.https_visit"]
    said = subprocess.run(program, check=True, capture_output=True, cwd=CHECKOUT)
    visited: dict[str, Answer] = json.loads(said.stdout)
    return visited


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("path", PATHS)
def test_policy_leaves_room_for_our_own_files_alone(visitor: Client, path: str) -> None:
    """WEB-06: no plug-in, no base, no frame, nothing inline, nothing from elsewhere."""
    policy = directives(visitor.get(path).headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'"}


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("path", PATHS)
def test_page_asks_nothing_of_other_sites_and_has_no_inline_code(
    visitor: Client, path: str
) -> None:
    """WEB-07: no third party; and so WEB-06 breaks no page."""
    page = visitor.get(path)
    sources = attributes(page, "script, img", "src") + attributes(page, "link", "href")
    assert [source for source in sources if not source.startswith("/")] == []
    assert [one for one in page_of(page).query("script") if one.to_text().strip()] == []
    everything = page_of(page).query("*")
    names = {name for element in everything for name in (element.attrs or {})}
    assert [name for name in names if name == "style" or name.startswith("on")] == []


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("path", PATHS)
def test_types_are_not_guessed_and_windows_are_apart(visitor: Client, path: str) -> None:
    """WEB-07."""
    headers = visitor.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    expected = "no-referrer" if path == "/leia/pwd/" else "same-origin"
    assert headers["Referrer-Policy"] == expected


@pytest.mark.django_db
def test_refused_host_gets_the_same_protection() -> None:
    """WEB-06, WEB-07."""
    headers = new_browser(host="evil.example").get("/").headers
    assert directives(headers["Content-Security-Policy"])["default-src"] == ["'none'"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "settings/", "settings/details/", "settings/sessions/"])
def test_signed_in_page_stays_out_of_caches(leia: Organisation, path: str) -> None:
    """SES-12."""
    answer = signed_in(make_account(leia, "ada")).get(f"/leia/{path}")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]


def test_https_is_demanded_for_a_year_with_subdomains(https: dict[str, Answer]) -> None:
    """WEB-05."""
    assert https["plain"]["status"] == 301
    location = "https://ent.example/leia/sign-in/?next=/leia/"
    assert https["plain"]["headers"]["Location"] == location
    for name in ("page", "settings", "link"):
        assert https[name]["headers"]["Strict-Transport-Security"] == (
            "max-age=31536000; includeSubDomains"
        )


def test_https_forged_host_is_not_redirected_to(https: dict[str, Answer]) -> None:
    """REC-10."""
    assert https["forged"]["status"] == 400
    assert "Location" not in https["forged"]["headers"]


def test_https_session_cookie_is_bound_to_the_host(https: dict[str, Answer]) -> None:
    """SES-07, SES-10: and forgotten with the browser."""
    assert https["sign-in"]["status"] == 303
    session, device = sorted(https["sign-in"]["cookies"], key=lambda name: "device" in name)
    assert https["sign-in"]["cookies"][session] == {
        "path": "/",
        "domain": "",
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "max-age": "",
        "expires": "",
    }
    assert session == "__Host-session"
    kept = https["sign-in"]["cookies"][device]
    assert re.fullmatch("__Host-device-[0-9a-f]{16}", device)
    assert (kept["path"], kept["domain"], kept["secure"], kept["httponly"], kept["samesite"]) == (
        *("/", "", True, True, "Lax"),
    )


@pytest.mark.parametrize(
    ("answer", "prefix", "path"),
    [
        ("link", "__Secure-link-", "/leia/pwd/"),
        ("refused", "__Secure-carried-username", "/leia/recover/"),
        ("asked", "__Secure-carried-request", "/leia/recover/sent/"),
        ("language", "__Host-language", "/"),
    ],
)
def test_https_every_other_cookie_is_as_closed(
    https: dict[str, Answer], answer: str, prefix: str, path: str
) -> None:
    """SES-07."""
    ((name, cookie),) = https[answer]["cookies"].items()
    assert name.startswith(prefix)
    flags = [cookie[flag] for flag in ("path", "domain", "secure", "httponly", "samesite")]
    assert flags == [path, "", True, True, "Lax"]


def test_session_cookie_over_plain_http_is_not_marked_secure(leia: Organisation) -> None:
    """For `make run` on one's own machine alone: everything else about it holds."""
    cookie = signed_in(make_account(leia, "ada")).cookies["session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")
