"""Visitors' pages: the same bytes for everybody, without a cookie, a query or a session."""

import gzip

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import (
    HOST,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import attributes, main_text, texts
from trousseau.accounts.models import Session
from trousseau.organisations.models import Organisation

PAGES = ["/", "/recover/", "/leia/sign-in/", "/leia/recover/", "/leia/help/"]
each_page = pytest.mark.parametrize("path", PAGES)


@each_page
def test_visitor_page_second_time_costs_no_query(
    leia: Organisation, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = new_browser().get(path)
    with django_assert_num_queries(0):
        second = new_browser().get(path)
    assert first.status_code == second.status_code == 200
    assert second.content == first.content
    assert leia.name in second.content.decode() or not path.startswith("/leia/")


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_same_bytes_for_everybody(path: str) -> None:
    browsers = [
        new_browser(),
        new_browser(**{"user-agent": "Firefox/140", "x-forwarded-for": "192.0.2.1"}),
        new_browser(language="en-GB,en;q=0.7"),
        new_browser(cookie="analytics=1; csrftoken=abc"),
        new_browser(referer="https://evil.example/", authorization="Basic eA=="),
    ]
    assert len({browser.get(path).content for browser in browsers}) == 1


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_sets_no_cookie_and_opens_no_session(path: str) -> None:
    for answer in (new_browser().get(path), new_browser().get(path)):
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
    assert not Session.objects.exists()


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_etag_spares_sending_it_again(visitor: Client, path: str) -> None:
    etag = visitor.get(path).headers["ETag"]
    again = visitor.get(path, headers={"if-none-match": f'"other", W/{etag}, {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    changed = visitor.get(path, headers={"if-none-match": '"other"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, etag)


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_is_sent_compressed_to_who_asks(visitor: Client, path: str) -> None:
    plain = visitor.get(path)
    packed = visitor.get(path, headers={"accept-encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    for answer in (plain, packed):
        varies = {name.strip() for name in answer.headers["Vary"].split(",")}
        assert varies == {"Accept-Encoding", "Accept-Language", "Cookie"}


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_may_be_kept_by_a_proxy_and_must_be_asked_after(
    visitor: Client, path: str
) -> None:
    cache_control = "public, max-age=0, s-maxage=10, must-revalidate"
    assert visitor.get(path).headers["Cache-Control"] == cache_control
    assert visitor.get(path).headers["Cache-Control"] == cache_control


@pytest.mark.usefixtures("leia")
@each_page
def test_visitor_page_head_and_get_agree(visitor: Client, path: str) -> None:
    head, get = visitor.head(path), visitor.get(path)
    assert head.content == b""
    assert head.headers["ETag"] == get.headers["ETag"]
    assert len(get.content) > 500


@each_page
def test_signed_in_person_never_gets_the_kept_page_nor_leaves_one(
    leia: Organisation, path: str
) -> None:
    """SES-12."""
    for_all = new_browser().get(path)
    browser = signed_in(make_account(leia, "ada"))
    own = browser.get(path)
    assert own.status_code == 200
    assert texts(own, ".person .name") == ["Ada Agostini"]
    assert own.headers["Cache-Control"] == "no-store, private"
    assert "ETag" not in own.headers
    assert new_browser().get(path).content == for_all.content


def test_signed_in_person_leaves_no_page_for_the_next_visitor(leia: Organisation) -> None:
    """SES-12: also when the person is the first of all."""
    signed_in(make_account(leia, "ada")).get("/leia/help/")
    assert "Ada Agostini" not in new_browser().get("/leia/help/").content.decode()


def test_refusal_is_never_kept(visitor: Client, leia: Organisation) -> None:
    kept = visitor.get("/leia/sign-in/").content
    refused = sign_in(visitor, make_account(leia, "ada"), "wrong")
    assert refused.headers["Cache-Control"] == "no-store, private"
    assert visitor.get("/leia/sign-in/").content == kept


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize(
    "path", ["/?q=leia", "/recover/?m=leia", "/leia/sign-in/?next=/leia/help/"]
)
def test_page_with_a_query_is_made_for_who_asks(visitor: Client, path: str) -> None:
    answer = visitor.get(path)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert visitor.get(path.partition("?")[0]).content != answer.content


def test_username_typed_before_stays_with_who_typed_it(leia: Organisation) -> None:
    """ACC-02, and nobody else's page."""
    browser = new_browser()
    sign_in(browser, make_account(leia, "ada"), "wrong")
    assert "Username typed just before: ada" in main_text(browser.get("/leia/recover/"))
    assert "ada" not in main_text(new_browser().get("/leia/recover/")).split()


def test_visitor_page_each_organisation_host_and_language_has_its_own(leia: Organisation) -> None:
    make_organisation("bastia", "Bastia")
    leia.hosts.create(name="ent.cervione.example")
    pages = {
        (host, path, language): new_browser(host=host, language=language).get(path)
        for language in ("fr", "en")
        for host, path in (
            (HOST, "/leia/recover/"),
            (HOST, "/bastia/recover/"),
            ("ent.cervione.example", "/leia/recover/"),
        )
    }
    for (_, path, language), page in pages.items():
        assert attributes(page, "html", "lang") == [language]
        assert attributes(page, "a.brand", "href") == [path.replace("recover/", "")]


def test_visitor_page_change_of_the_organisation_shows_at_once(leia: Organisation) -> None:
    assert "Nouvelle LEIA" not in new_browser().get("/leia/help/").content.decode()
    leia.name = "Nouvelle LEIA"
    leia.save()
    assert "Nouvelle LEIA" in new_browser().get("/leia/help/").content.decode()
    leia.active = False
    leia.save()
    assert new_browser().get("/leia/help/").status_code == 404
