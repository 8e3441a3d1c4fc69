"""The picker's pages, an organisation's look, and where a password manager is led."""

import gzip
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import HOST, make_account, make_organisation, new_browser, signed_in
from tests.markup import alerts, attributes, find_parse_errors, heading, main_text, rows
from trousseau.organisations.models import Organisation


@pytest.fixture
def drancy(leia: Organisation) -> Organisation:
    make_organisation("leia-nord", f"{leia.name} Nord", place="Bastia")
    return make_organisation("drancy", "Lycée de Drancy", place="Drancy")


@pytest.mark.usefixtures("drancy")
def test_memberships_query_gives_slug_name_and_place_best_first(visitor: Client) -> None:
    answer = visitor.get("/memberships.json", {"q": "lei"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == [
        {"slug": "leia", "name": "LEIA", "place": "Cervione"},
        {"slug": "leia-nord", "name": "LEIA Nord", "place": "Bastia"},
    ]


@pytest.mark.usefixtures("drancy")
@pytest.mark.parametrize("address", ["/memberships.json", "/memberships.json?q=%00%ff'%25"])
def test_memberships_empty_or_hostile_query_gives_none(visitor: Client, address: str) -> None:
    assert visitor.get(address).json() == []


@pytest.mark.usefixtures("drancy")
def test_memberships_no_cookie_and_one_query_a_search(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visitor.get("/memberships.json", {"q": "lei"})
    with django_assert_num_queries(1):
        answer = visitor.get("/memberships.json", {"q": "drancy"})
    assert not answer.cookies


@pytest.mark.usefixtures("drancy")
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_memberships_other_methods_are_refused(visitor: Client, method: str) -> None:
    assert getattr(visitor, method)("/memberships.json").status_code == 405


@pytest.mark.usefixtures("drancy")
def test_pick_without_scripts_lists_links_to_each_membership(visitor: Client) -> None:
    """WEB-10: the search is a plain form."""
    page = visitor.get("/", {"q": "lei"})
    assert rows(page) == ["/leia/", "/leia-nord/"]
    assert attributes(page, "input[name=q]", "value") == ["lei"]
    assert find_parse_errors(page.content.decode()) == []


@pytest.mark.usefixtures("drancy")
def test_pick_nothing_found_says_what_else_to_try(visitor: Client) -> None:
    page = visitor.get("/", {"q": "<b>atlantis</b>"})
    assert rows(page) == []
    said = "No name fits “<b>atlantis</b>”. Try another word, the town or the UAI code."
    assert said in main_text(page)


@pytest.mark.usefixtures("drancy")
def test_recover_anywhere_without_scripts_lists_memberships_to_choose(visitor: Client) -> None:
    assert rows(visitor.get("/recover/", {"q": "lei"})) == ["?m=leia", "?m=leia-nord"]


@pytest.mark.usefixtures("drancy")
def test_recover_anywhere_membership_in_the_address_is_chosen(visitor: Client) -> None:
    page = visitor.get("/recover/", {"m": "leia"})
    assert attributes(page, "input[name=membership]", "value") == ["leia"]
    assert "LEIA" in main_text(page)


@pytest.mark.usefixtures("drancy")
@pytest.mark.parametrize(
    "slug", ["atlantis", "LEIA", "leia\x00", "../leia", "é", "\u202e", "x" * 999]
)
def test_recover_anywhere_membership_that_is_none_is_not_chosen(visitor: Client, slug: str) -> None:
    page = visitor.get("/recover/", {"m": slug})
    assert attributes(page, "input[name=membership]", "value") == [""]
    refused = visitor.post("/recover/", {"membership": slug, "email": "a@example.com"})
    assert refused.status_code == 200
    assert len(alerts(refused)) == 1


@pytest.mark.django_db
def test_stylesheet_colour_of_the_organisation_is_served_for_ever(visitor: Client) -> None:
    sheet = "/leia/look-([0-9a-f]+).css"
    make_organisation(colour="#b3001b")
    page = visitor.get("/leia/sign-in/").content.decode()
    found = re.search(sheet, page)
    assert found
    plain = visitor.get(found[0], headers={"accept-encoding": ""})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.content.decode().rstrip().endswith("--accent-dark-ink:#141210;}")
    packed = visitor.get(found[0], headers={"accept-encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_stylesheet_of_another_day_leads_to_the_present_one(
    visitor: Client, leia: Organisation
) -> None:
    former = f"/leia/look-{leia.look_digest}.css"
    leia.colour = "#b3001b"
    leia.save()
    answer = visitor.get(former)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/leia/look-{leia.look_digest}.css"


def test_logo_where_there_is_none_is_absent(visitor: Client, leia: Organisation) -> None:
    assert visitor.get(f"/{leia.slug}/logo/").status_code == 404


def test_change_password_signed_in_leads_to_the_form(leia: Organisation) -> None:
    """WEB-01."""
    answer = signed_in(make_account(leia, "ada")).get("/.well-known/change-password")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/leia/settings/password/"


@pytest.mark.usefixtures("leia")
def test_change_password_visitor_is_led_to_recovery(visitor: Client) -> None:
    """WEB-01: a platform does not know which organisation is meant."""
    answer = visitor.get("/.well-known/change-password")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/recover/"
    assert heading(visitor.get("/recover/")) == "Have you forgotten the password?"


def test_change_password_own_host_leads_to_its_form_through_sign_in(leia: Organisation) -> None:
    """WEB-01: on every tenant's origin."""
    leia.hosts.create(name="ent.cervione.example")
    browser = new_browser(host="ent.cervione.example")
    answer = browser.get("/.well-known/change-password")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/leia/settings/password/"
    then = browser.get("/leia/settings/password/")
    assert then.headers["Location"] == "/leia/sign-in/?next=%2Fleia%2Fsettings%2Fpassword%2F"


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("host", [HOST, "ent.cervione.example"])
def test_well_known_what_should_not_exist_does_not(host: str) -> None:
    """WEB-02: a client can tell that our 404 is one."""
    Organisation.objects.get(slug="leia").hosts.create(name="ent.cervione.example")
    path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert new_browser(host=host).get(path).status_code == 404


@pytest.mark.usefixtures("drancy")
@pytest.mark.parametrize("path", ["/memberships.json?q=lei", "/leia/logo/"])
def test_answer_that_ends_a_session_is_kept_by_no_cache(visitor: Client, path: str) -> None:
    """SES-12: else a cache between would sign others out with it."""
    visitor.cookies["session"] = "long-over"
    answer = visitor.get(path)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "session" in answer.cookies
