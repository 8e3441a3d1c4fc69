"""Which host is trusted, and which organisation a request belongs to."""

import re
import string

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Family, Postman
from tests.factories import (
    HOST,
    is_signed_in,
    links_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
    text_of,
)
from tests.markup import heading
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

OWN_HOST = "ent.cervione.example"


@pytest.fixture
def bastia(leia: Organisation) -> Organisation:
    leia.hosts.create(name=OWN_HOST)
    return make_organisation("bastia", "Bastia")


@pytest.mark.usefixtures("bastia")
@pytest.mark.parametrize(("path", "leads_to"), [("/", "/leia/"), ("/recover/", "/leia/recover/")])
def test_own_host_never_asks_which_membership(path: str, leads_to: str) -> None:
    answer = new_browser(host=OWN_HOST).get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == leads_to


@pytest.mark.usefixtures("bastia")
@pytest.mark.parametrize("host", [OWN_HOST, f"{OWN_HOST}:8000", OWN_HOST.upper(), f"{OWN_HOST}."])
def test_own_host_serves_its_organisation(host: str) -> None:
    assert new_browser(host=host).get("/leia/sign-in/").status_code == 200


def pages_of_an_organisation() -> list[str]:
    """List every address below an organisation's slug, with made-up values in it."""
    found: list[str] = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            path = before + re.sub(r"<(\w+:)?\w+>", "7", str(pattern.pattern))
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            else:
                found.append(path)

    walk(get_resolver("trousseau.urls").url_patterns, "/")
    return [path.removeprefix("/7/") for path in found if path.startswith("/7/")]


@pytest.mark.usefixtures("bastia")
def test_own_host_every_page_of_another_organisation_is_absent() -> None:
    """TEN-01: whatever the page, and whatever is done there."""
    browser = new_browser(host=OWN_HOST)
    pages = pages_of_an_organisation()
    assert {"", "sign-in/", "settings/details/", "pwd/7/"} <= set(pages)
    for page in pages:
        answers = [browser.get(f"/bastia/{page}"), browser.post(f"/bastia/{page}")]
        assert [answer.status_code for answer in answers] == [404, 404], page


def test_every_page_of_an_organisation_takes_a_neighbour_for_a_stranger(
    leia: Organisation, bastia: Organisation
) -> None:
    """TEN-01: nothing of the account next door is ever shown or reached."""
    browser = signed_in(make_account(leia, "ada", email="ada@example.com"))
    for page in pages_of_an_organisation():
        answer = browser.get(f"/{bastia.slug}/{page}")
        assert b"ada@example.com" not in answer.content, page
        assert b"Ada Agostini" not in answer.content, page
        if page.startswith("settings/") and "addresses/" not in page:
            assert answer.status_code in {302, 405}, page


@pytest.mark.usefixtures("bastia")
def test_own_host_of_an_inactive_organisation_is_not_trusted(leia: Organisation) -> None:
    leia.active = False
    leia.save()
    assert new_browser(host=OWN_HOST).get("/leia/sign-in/").status_code == 400


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(host=st.text(string.ascii_letters + string.digits + "-.:@[]/\\ _%#?", max_size=80))
@example(host="")
@example(host="127.0.0.1.evil.example")
@example(host="127.0.0.1@evil.example")
@example(host="evil.example:8000")
@example(host="localhost")
@example(host="[::1]")
def test_forged_host_is_refused(host: str) -> None:
    """REC-10: neither a page nor a redirect is made for a host that is not ours."""
    answer = new_browser(host=host).get("/", {"q": "leia"})
    assert answer.status_code == 400
    assert heading(answer) == "This request cannot be understood"
    assert "Location" not in answer.headers


@pytest.mark.usefixtures("bastia")
def test_forged_host_nothing_is_kept_or_built_from_it(family: Family, postman: Postman) -> None:
    """REC-10: forged Host and X-Forwarded-Host change nothing, in the mail neither."""
    forged = new_browser(host="evil.example")
    assert forged.post("/leia/recover/", {"email": family.email}).status_code == 400
    headers = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-server": "evil.example",
        "forwarded": "host=evil.example",
        "x-original-url": "//evil.example/",
        "x-host": "evil.example",
    }
    sneaky = new_browser(**headers)
    answer = sneaky.post("/leia/recover/", {"email": family.email})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/leia/recover/sent/"
    (mail,) = postman.collect()
    assert "evil.example" not in mail.as_string()
    assert f"http://{OWN_HOST}:8000/leia/pwd/" in text_of(mail)
    assert len(links_in(mail)) == 3


@pytest.mark.usefixtures("bastia")
def test_forged_host_never_becomes_the_kept_page() -> None:
    """REC-10: what one visitor sends is not what the next one gets."""
    new_browser(host=f"{OWN_HOST}:6666").get("/leia/sign-in/")
    page = new_browser(host=OWN_HOST).get("/leia/sign-in/")
    assert b"6666" not in page.content


@pytest.mark.django_db
def test_probe_of_a_load_balancer_needs_no_host() -> None:
    assert new_browser(host="10.0.0.5:8000").get("/health/live").status_code == 200


def test_tenant_signed_in_next_door_is_a_stranger(leia: Organisation, bastia: Organisation) -> None:
    """TEN-01."""
    browser = signed_in(make_account(leia, "ada"))
    assert is_signed_in(browser, leia)
    assert not is_signed_in(browser, bastia)
    page = browser.get("/bastia/sign-in/")
    assert heading(page) == "Sign in with Trousseau"
    assert "Ada Agostini" not in page.content.decode()


def test_tenant_trail_of_one_does_not_name_somebody_of_another(
    leia: Organisation, bastia: Organisation
) -> None:
    """TEN-01, LOG-01: whatever a browser signed in next door does here."""
    ada = make_account(leia, "ada")
    leo = make_account(bastia, "leo")
    browser = signed_in(ada)
    sign_in(browser, leo, "wrong")
    browser.post("/bastia/recover/", {"email": "leo@example.com"})
    browser.post("/bastia/sign-out/")
    here = Event.objects.filter(organisation=bastia.slug)
    assert sorted((event.tag, event.actor, event.subject) for event in here) == [
        ("authn_login_fail", "", leo.public_id),
        ("recovery_asked", "", ""),
        ("user_created", "command line", leo.public_id),
    ]


def test_tenant_sign_out_next_door_is_told_where_the_account_is(
    leia: Organisation, bastia: Organisation
) -> None:
    """SES-05, LOG-01, TEN-01."""
    ada = make_account(leia, "ada")
    browser = signed_in(ada)
    assert browser.post(f"/{bastia.slug}/sign-out/").status_code == 303
    assert not is_signed_in(browser, leia)
    event = Event.objects.get(tag="authn_logout")
    told = (event.organisation, event.actor, event.subject)
    assert told == (leia.slug, ada.public_id, ada.public_id)


def test_tenant_password_of_one_opens_nothing_in_another(
    visitor: Client, leia: Organisation, bastia: Organisation
) -> None:
    """TEN-01: the same username in both is two people."""
    here = make_account(leia, "ada")
    make_account(bastia, "ada", password="fanfare-goudron-lynx-20")
    answer = visitor.post(
        "/bastia/sign-in/", {"username": "ada", "password": "moulin-girafe-tuba-58"}
    )
    assert answer.status_code == 200
    assert sign_in(visitor, here).status_code == 303
    assert not is_signed_in(visitor, bastia)


@pytest.mark.parametrize("slug", ["atlantis", "LEIA", "leia-", "leiä", "le_ia"])
def test_tenant_unknown_slug_is_absent(visitor: Client, leia: Organisation, slug: str) -> None:
    assert visitor.get(f"/{slug}/sign-in/").status_code == 404
    assert visitor.get(f"/{leia.slug}/sign-in/", headers={"host": HOST}).status_code == 200
