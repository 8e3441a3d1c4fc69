"""Signing in and out."""

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings

from tests.factories import (
    HOST,
    PASSWORD,
    is_signed_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import attributes, texts
from tests.ui.test_redirects import HOSTILE, PIECES, host_reached
from trousseau.accounts.models import Account, Session
from trousseau.audit import trail
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

PAGE = "/leia/sign-in/"


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "Ada.Agostini", email="ada@example.com")


def opens(name: str, password: str = PASSWORD) -> bool:
    answer = new_browser().post(PAGE, {"username": name, "password": password})
    return bool(answer.status_code == 303)


def test_page_has_the_fields_that_password_managers_know(leia: Organisation) -> None:
    """WEB-03, PWD-11, WEB-10."""
    page = new_browser().get(f"/{leia.slug}/sign-in/")
    fields = attributes(page, "main input", "autocomplete")
    assert fields == ["username", "current-password"]
    assert attributes(page, "main input", "type") == ["text", "password"]
    assert attributes(page, "main form", "method") == ["post"]


@pytest.mark.parametrize(
    "typed",
    [
        "Ada.Agostini",
        "ada.agostini",
        "ADA.AGOSTINI",
        "  ada.agostini\t",
        "ａda.agostini",  # noqa: RUF001 -- full width, as some keyboards write
    ],
)
def test_username_case_and_blanks_are_forgiven(ada: Account, typed: str) -> None:
    assert opens(typed)
    assert Session.objects.get().account == ada


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("typed", ["ada agostini", "ada", "ada.agostini2", "аda.agostini"])  # noqa: RUF001
def test_username_anything_else_is_not(typed: str) -> None:
    assert not opens(typed)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("typed", [f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.upper(), PASSWORD[:-1]])
def test_password_nothing_is_forgiven(typed: str) -> None:
    """PWD-02, PWD-03."""
    assert not opens("ada.agostini", typed)


def test_email_opens_where_the_organisation_allows_it(ada: Account) -> None:
    assert not opens("ada@example.com")
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    assert opens("ada@example.com")
    assert opens(" Ada@EXAMPLE.com ")
    assert opens("ada.agostini")


def test_email_of_several_accounts_opens_none(ada: Account) -> None:
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    make_account(ada.organisation, "leo", email="ada@example.com")
    assert not opens("ada@example.com")
    assert opens("leo")


def test_email_not_confirmed_opens_nothing(ada: Account) -> None:
    """REC-18."""
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    ada.addresses.update(confirmed_at=None, main=False)
    assert not opens("ada@example.com")


def test_email_of_a_neighbour_opens_nothing(ada: Account) -> None:
    """TEN-01."""
    bastia = make_organisation("bastia", "Bastia", email_sign_in=True)
    answer = new_browser().post(
        f"/{bastia.slug}/sign-in/", {"username": "ada@example.com", "password": PASSWORD}
    )
    assert (answer.status_code, ada.organisation.slug) == (200, "leia")


def test_username_that_is_another_ones_email_wins(ada: Account) -> None:
    ada.organisation.email_sign_in = True
    ada.organisation.save()
    other = make_account(ada.organisation, "ada@example.com", password="fanfare-goudron-lynx-20")
    assert not opens("ada@example.com")
    assert opens("ada@example.com", "fanfare-goudron-lynx-20")
    assert Session.objects.get().account == other


def test_organisation_without_local_sign_in_lets_nobody_in(ada: Account) -> None:
    """SIG-08."""
    ada.organisation.local_sign_in = False
    ada.organisation.cas_url = "https://cas.example/cas"
    ada.organisation.save()
    assert not opens("ada.agostini")
    assert attributes(new_browser().get(PAGE), "main input", "name") == []


def test_sign_in_leads_home_under_a_new_session(ada: Account) -> None:
    """SES-02, LOG-01."""
    browser = new_browser(**{"user-agent": "Firefox/140 Android"})
    answer = sign_in(browser, ada)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/leia/")
    session = Session.objects.get()
    assert (session.account, session.agent, session.address) == (
        ada,
        "Firefox/140 Android",
        "127.0.0.1",
    )
    event = Event.objects.get(tag="authn_login_success")
    assert (event.subject, event.organisation, event.facts) == (
        ada.public_id,
        "leia",
        {"factor": "password"},
    )


def test_sign_in_as_somebody_else_leaves_nothing_of_the_former(ada: Account) -> None:
    """SES-02: on a shared computer."""
    leo = make_account(ada.organisation, "leo", name=("Léo", "Mariani"))
    browser = signed_in(ada)
    sign_in(browser, leo)
    page = browser.get("/leia/settings/")
    assert texts(page, ".person .name") == ["Léo Mariani"]
    assert [session.account for session in Session.objects.all()] == [leo]


def test_failed_sign_in_leaves_who_is_signed_in(ada: Account) -> None:
    browser = signed_in(ada)
    sign_in(browser, ada, "wrong")
    assert is_signed_in(browser, ada.organisation)


def test_sign_in_that_breaks_off_leaves_who_is_signed_in(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VAL-04: the former session ends with the new one's beginning, or not at all."""

    def breaks(*_: object, **__: object) -> None:
        raise OperationalError

    browser = signed_in(ada)
    browser.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(trail, "record", breaks)
        assert sign_in(browser, ada).status_code == 500
    assert is_signed_in(browser, ada.organisation)


def test_next_leads_to_the_page_that_was_asked_for(ada: Account) -> None:
    browser = new_browser()
    asked = browser.get("/leia/settings/details/")
    where = str(asked.headers["Location"])
    answer = browser.post(where, {"username": ada.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/leia/settings/details/"


@pytest.mark.parametrize("target", HOSTILE[:-1])
def test_next_elsewhere_leads_home(ada: Account, target: str) -> None:
    """SIG-13."""
    answer = new_browser().post(
        PAGE, {"username": ada.username, "password": PASSWORD}, query_params={"next": target}
    )
    assert answer.headers["Location"] == "/leia/"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(target=PIECES)
def test_next_anything_leads_to_this_host(ada: Account, target: str) -> None:
    """SIG-13."""
    answer = new_browser().post(
        PAGE, {"username": ada.username, "password": PASSWORD}, query_params={"next": target}
    )
    assert answer.status_code == 303
    assert host_reached(answer.headers["Location"]) == HOST


@pytest.mark.usefixtures("leia")
def test_sign_out_by_get_is_refused() -> None:
    """WEB-08: no picture on another site signs anybody out."""
    assert new_browser().get("/leia/sign-out/").status_code == 405


def test_sign_out_ends_the_session_and_clears_what_was_kept(ada: Account) -> None:
    """SES-05, SES-11, LOG-01."""
    browser = signed_in(ada)
    answer = browser.post("/leia/sign-out/")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert not Session.objects.exists()
    assert not is_signed_in(browser, ada.organisation)
    assert Event.objects.get(tag="authn_logout").subject == ada.public_id


def test_sign_out_of_a_visitor_is_harmless(leia: Organisation) -> None:
    assert new_browser().post(f"/{leia.slug}/sign-out/").status_code == 303
    assert not Event.objects.exists()


def test_cas_button_stands_where_there_is_a_server(leia: Organisation) -> None:
    assert new_browser().get("/leia/sign-in/cas/").status_code == 404
    leia.cas_url, leia.cas_name = "https://cas.example/cas", "Guichet"
    leia.save()
    page = new_browser().get(PAGE)
    assert "/leia/sign-in/cas/" in attributes(page, "main a", "href")


def test_password_in_an_address_signs_nobody_in(ada: Account) -> None:
    """WEB-08: signing in is a POST, so another site's link or picture signs nobody in."""
    browser = new_browser()
    browser.get("/leia/sign-in/", {"username": "ada", "password": PASSWORD})
    assert not is_signed_in(browser, ada.organisation)
