"""The page on which people see what happened to their account."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.trail_makers import record
from tests.factories import (
    ANOTHER_PASSWORD,
    PASSWORD,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import attributes, find_parse_errors, heading, main_text, texts
from trousseau.accounts.devices import network_name
from trousseau.accounts.models import Account
from trousseau.accounts.services import activity
from trousseau.accounts.views.activity import _words
from trousseau.audit import trail
from trousseau.audit.models import Event
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation

PAGE = "/leia/settings/activity/"


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.org")


def lines(browser: Client, query: str = "") -> list[str]:
    return texts(browser.get(PAGE + query), "main .rows b")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}not-me/"])
def test_visitor_signs_in_first(leia: Organisation, path: str) -> None:
    answer = new_browser().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/leia/sign-in/?next=")


def test_person_of_another_organisation_signs_in_first(ada: Account) -> None:
    """TEN-01."""
    stranger = signed_in(make_account(make_organisation("bastia", "Bastia"), "ada"))
    assert stranger.get(PAGE).status_code == 302


def test_page_tells_what_happened_newest_first(ada: Account) -> None:
    """LOG-01: for the person concerned, in plain words, with device and network."""
    sign_in(new_browser(), ada, "wrong")
    browser = new_browser(**{"user-agent": "Mozilla/5.0 (Android 15) Firefox/140.0"})
    sign_in(browser, ada)
    browser.post(
        "/leia/settings/password/",
        {
            "current_password": PASSWORD,
            "new_password": ANOTHER_PASSWORD,
            "new_password_again": ANOTHER_PASSWORD,
        },
    )
    page = browser.get(PAGE)
    assert heading(page) == "Was this you?"
    assert texts(page, "main .rows b") == [
        "The password was changed",
        "You signed in",
        "Somebody tried to sign in and was refused",
        "Your account was made",
    ]
    assert texts(page, "main .rows .state") == ["Refused"]
    told = texts(page, "main .rows small")
    assert told[1].endswith("Firefox, Android, network 127.0.0.…")
    assert find_parse_errors(page.content.decode()) == []
    assert "no-store" in page.headers["Cache-Control"]


def test_page_tells_of_a_recovery_and_of_addresses(ada: Account, postman) -> None:
    browser = signed_in(ada)
    new_browser().post("/leia/recover/", {"email": "ada@example.org"})
    fields = {"another_email": "new@example.org", "password": PASSWORD}
    browser.post("/leia/settings/addresses/add/", fields)
    postman.collect()
    assert lines(browser)[:2] == [
        "A link to choose a new password was mailed",
        "The address n•••@example.org was proposed",
    ]


def test_page_says_what_the_school_has_done(ada: Account) -> None:
    helper = Origin(address="192.0.2.9", actor="f" * 16, role="administrator")
    trail.record(Tag.DETAILS_CHANGED, helper, organisation="leia", subject=ada.public_id)
    browser = signed_in(ada)
    assert texts(browser.get(PAGE), "main .rows .state") == ["Done by your school"]


@pytest.mark.parametrize("role", [Account.Role.GUARDIAN, Account.Role.TEACHER])
def test_browser_of_somebody_else_is_not_the_school(ada: Account, role: Account.Role) -> None:
    """A child signs in on the computer on which a parent or a teacher was signed in."""
    browser = signed_in(make_account(ada.organisation, "ben", role=role))
    sign_in(browser, ada, "wrong")
    sign_in(browser, ada)
    tags = Event.objects.filter(subject=ada.public_id, role=role).values_list("tag", flat=True)
    assert {Tag.SIGN_IN_REFUSED, Tag.SIGN_IN} <= set(tags)
    assert texts(browser.get(PAGE), "main .rows .state") == ["Refused"]


def test_page_is_of_this_account_alone(ada: Account) -> None:
    """TEN-01, PRO-04: neither a neighbour's events, nor those of a namesake elsewhere."""
    other = make_account(ada.organisation, "ben")
    record(2, subject=other.public_id)
    record(2, "bastia", subject=ada.public_id)
    assert lines(signed_in(ada)) == ["You signed in", "Your account was made"]
    theirs = Event.objects.filter(subject=other.public_id)[0].pk
    assert lines(signed_in(ada), f"?before={theirs}")[-1] == "Your account was made"


def test_pages_follow_each_other_without_loss(ada: Account) -> None:
    record(45, subject=ada.public_id)
    browser = signed_in(ada)
    seen, query = [], ""
    while True:
        seen.append(len(lines(browser, query)))
        older = attributes(browser.get(PAGE + query), "main .actions a[href^='?']", "href")
        if not older:
            break
        (query,) = older
    assert seen == [20, 20, 7]


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "٣", "999999"])
def test_damaged_place_in_the_list_shows_the_newest(ada: Account, before: str) -> None:
    assert lines(signed_in(ada), f"?before={before}")[0] == "You signed in"


def test_way_on_leads_to_the_password_the_addresses_and_the_school(ada: Account) -> None:
    browser = signed_in(ada)
    assert f"{PAGE}not-me/" in attributes(browser.get(PAGE), "main .actions a", "href")
    page = browser.get(f"{PAGE}not-me/")
    assert heading(page) == "It was not me"
    ways = attributes(page, "main .stack a", "href")
    assert ways == ["/leia/settings/password/", "/leia/settings/details/", "/leia/help/"]
    assert find_parse_errors(page.content.decode()) == []


def test_without_a_password_here_the_way_on_ends_the_sessions(leia: Organisation) -> None:
    leia.cas_url, leia.cas_name = "https://cas.example.org/cas", "Guichet"
    leia.save()
    ange = make_account(leia, "ange")
    browser = signed_in(ange)
    Account.objects.filter(pk=ange.pk).update(local_sign_in=False)
    page = browser.get(f"{PAGE}not-me/")
    assert "Your password is kept by Guichet" in main_text(page)
    assert attributes(page, "main form", "action") == ["/leia/settings/sessions/"]


@pytest.mark.parametrize("tag", sorted(activity.SHOWN | {Tag.CREDENTIAL_ISSUED}))
def test_every_event_shown_has_words(tag: Tag) -> None:
    assert _words(tag, {"to": "n•••@example.org", "sessions": 1})


def test_page_costs_the_same_few_queries(ada: Account, django_assert_max_num_queries) -> None:
    record(60, subject=ada.public_id)
    browser = signed_in(ada)
    with django_assert_max_num_queries(5):
        browser.get(PAGE)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.…"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:…"),
        ("2001:db8::1", "2001:db8:…"),
        ("", ""),
        ("nowhere", ""),
    ],
)
def test_network_is_as_near_as_a_place_is_known(address: str, network: str) -> None:
    """LAW-08."""
    assert network_name(address) == network


@given(st.ip_addresses())
def test_network_never_shows_the_whole_address(address: object) -> None:
    assert str(address) not in network_name(str(address))
