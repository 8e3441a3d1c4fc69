"""Which language a page speaks."""

import pytest
from django.test import Client

from tests.factories import make_account, new_browser, sign_in
from tests.markup import attributes
from trousseau.organisations.models import Organisation
from trousseau.ui.language import _best_of, best_of_browser


def spoken(browser: Client, path: str) -> str:
    answer = browser.get(path)
    (language,) = attributes(answer, "html", "lang")
    assert answer.headers["Content-Language"] == language
    return language


def choose(browser: Client, language: str) -> None:
    browser.post("/language/", {"language": language, "next": "/"})


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("de,en;q=0.5,fr;q=0.4", "en"),
        ("de, es;q=0.9", "fr"),
        ("en;q=0.2,fr-CA;q=0.8", "fr"),
        ("en;q=0,fr", "fr"),
        ("*", "fr"),
        ("en;q=abc", "fr"),
        ("x" * 5000, "fr"),
        ("../../en", "fr"),
    ],
)
def test_best_of_browser_first_language_we_speak_else_french(accept: str, language: str) -> None:
    assert best_of_browser(accept) == language


def test_choice_comes_first_then_account_organisation_browser(leia: Organisation) -> None:
    browser = new_browser(language="en")
    path = f"/{leia.slug}/sign-in/"
    assert spoken(browser, path) == "en"
    leia.language = "fr"
    leia.save()
    assert spoken(browser, path) == "fr"
    account = make_account(leia, "ada", language="en")
    sign_in(browser, account)
    assert spoken(browser, path) == "en"
    choose(browser, "fr")
    assert spoken(browser, path) == "fr"


def test_choice_is_kept_a_year_out_of_reach_of_scripts(visitor: Client) -> None:
    answer = visitor.post("/language/", {"language": "en", "next": "/"})
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("en", 365 * 24 * 60 * 60, "/")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("language", ["", "de", "EN", "en\x00", "../fr", "en-GB"])
def test_choice_of_a_language_we_do_not_speak_changes_nothing(
    visitor: Client, language: str
) -> None:
    answer = visitor.post("/language/", {"language": language, "next": "/leia/"})
    assert answer.status_code == 303
    assert not answer.cookies


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("cookie", ["de", "", "fr-FR", "<b>", "x" * 4000])
def test_choice_forged_in_a_cookie_is_ignored(visitor: Client, cookie: str) -> None:
    visitor.cookies["language"] = cookie
    assert spoken(visitor, "/leia/sign-in/") == "en"


def test_language_of_an_account_next_door_does_not_count(leia: Organisation) -> None:
    """TEN-01."""
    browser = new_browser(language="en")
    sign_in(browser, make_account(leia, "ada", language="fr"))
    assert spoken(browser, "/leia/") == "fr"
    Organisation.objects.create(slug="bastia", name="Bastia")
    assert spoken(browser, "/bastia/sign-in/") == "en"


def test_language_by_get_is_refused(visitor: Client) -> None:
    """WEB-08: a safe method changes nothing."""
    assert visitor.get("/language/", {"language": "en"}).status_code == 405


def test_best_of_browser_only_a_beginning_is_looked_at_and_remembered() -> None:
    """VAL-09: what headers say does not fill the memory."""
    for number in range(1_000):
        assert best_of_browser(f"en,x-{number:04}," + "de," * 1_000) == "en"
    remembered = _best_of.cache_info()
    assert (remembered.currsize, remembered.maxsize) == (64, 64)
    assert best_of_browser("de," * 67 + "en") == best_of_browser("de," * 67) == "fr"
