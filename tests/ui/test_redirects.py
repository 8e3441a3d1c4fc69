"""Going back to where somebody was, and nowhere else."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import HOST
from trousseau.ui.redirects import local_target

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "http:///evil.example",
    f"http://{HOST}@evil.example/",
    f"//{HOST}@evil.example",
    f"//{HOST}.evil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,evil",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x01/leia/",
    "/\x00/evil.example",
    "//evil.example\\@" + HOST,
    "//[::1]/",
    "//[evil",
    "http://[evil",
    "leia/",
    "../leia/",
    "?next=/",
    "#",
    "",
    " ",
    "\ud800",
]
PIECES = st.lists(
    st.sampled_from(
        [*"/\\\t\r\n\x00:@?#.%;& ", "//", "http", "https:", "evil.example", "leia", HOST]
    )
    | st.characters(),
    max_size=12,
).map("".join)


def host_reached(location: str) -> str | None:
    """Follow a Location as browsers do: tabs and line breaks dropped, backslashes turned."""
    followed = "".join(sign for sign in location.strip() if sign not in "\t\r\n")
    return urlsplit(urljoin(f"http://{HOST}/leia/sign-in/", followed.replace("\\", "/"))).netloc


@pytest.mark.parametrize("target", HOSTILE)
def test_local_target_elsewhere_becomes_the_default(target: str) -> None:
    """SIG-13."""
    assert local_target(target, "/leia/") == "/leia/"


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/leia/",
        "/leia/settings/details/?a=b&c=//d",
        "/leia/?next=http://evil.example",
        "/é/#x",
    ],
)
def test_local_target_path_of_ours_is_kept(target: str) -> None:
    assert local_target(target, "/leia/") == target


@given(target=PIECES)
@example("/.//evil.example")
@example("/%2f/evil.example")
@example("/;//evil.example")
def test_local_target_anything_leads_to_this_host(target: str) -> None:
    """SIG-13."""
    assert host_reached(local_target(target, "/leia/")) == HOST


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=PIECES)
def test_language_leads_nowhere_else(visitor: Client, target: str) -> None:
    """SIG-13: no open redirect where the language is chosen."""
    answer = visitor.post("/language/", {"language": "en", "next": target})
    assert answer.status_code == 303
    assert host_reached(answer.headers["Location"]) == HOST


@pytest.mark.parametrize("target", HOSTILE[:-1])
def test_language_hostile_target_leads_to_the_first_page(visitor: Client, target: str) -> None:
    """SIG-13."""
    answer = visitor.post("/language/", {"language": "en", "next": target})
    assert answer.headers["Location"] == "/"
