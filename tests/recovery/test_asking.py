"""Asking for a new password: the same for everybody, at both doors."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.formats import date_format

from tests.conftest import Family, Postman, StoppedClock
from tests.factories import (
    PASSWORD,
    links_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
)
from tests.markup import alerts, attributes, heading, main_text, texts
from trousseau.accounts.models import Account, Credential, Session
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest

KNOWN, UNKNOWN = Family.email, "nobody@example.org"
# Both doors, and the platform's one for those who do not know which membership.
DOORS = {
    "own": ("/leia/recover/", {}),
    "platform": ("/recover/", {"membership": "leia"}),
    "unknown membership": ("/recover/", {"membership": "unknown"}),
}
each_door = pytest.mark.parametrize("door", DOORS)


def ask(email: str, door: str = "own", browser: Client | None = None):
    path, fields = DOORS[door]
    return (browser or new_browser()).post(path, {**fields, "email": email})


def landed(browser: Client, answer: HttpResponse):
    return browser.get(answer.headers["Location"])


def without_reference(answer) -> tuple[object, ...]:
    """Return all that was received, but for the reference, which is anybody's own."""
    body = re.sub(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", "REFERENCE", answer.content.decode())
    flags = {name: {**morsel, "expires": ""} for name, morsel in answer.cookies.items()}
    lengths = {name: len(morsel.value) for name, morsel in answer.cookies.items()}
    # Of the moment, and made at random for each.
    passing = {"Expires", "X-Request-Id"}
    headers = {name: value for name, value in answer.headers.items() if name not in passing}
    return answer.status_code, headers, body, flags, lengths


def shapes(queries: CaptureQueriesContext) -> list[str]:
    values = r"'(?:[^']|'')*'|\b\d+\b|\bs\d+_x\d+\b"
    return [re.sub(values, "?", query["sql"]) for query in queries]


@pytest.mark.usefixtures("family")
@each_door
def test_ask_answers_the_same_to_known_and_unknown(door: str) -> None:
    """REC-01: redirect, headers, cookie, page; and no account, no session, no mail is touched."""
    received = []
    for email in (KNOWN, UNKNOWN):
        browser = new_browser()
        answer = ask(email, door, browser)
        received.append((without_reference(answer), without_reference(landed(browser, answer))))
    assert received[0] == received[1]
    assert received[0][0][0] == 303
    assert not Session.objects.exists()


@pytest.mark.usefixtures("family")
@each_door
def test_ask_runs_the_same_statements_for_known_and_unknown(door: str) -> None:
    """REC-01: neither door looks up whether the address is known, so time cannot tell."""
    ask("warm@example.org", door)
    seen = []
    for email in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            ask(email, door)
        seen.append(shapes(queries))
    assert seen[0] == seen[1]
    assert [sql for sql in seen[0] if "accounts_" in sql] == []


@pytest.mark.usefixtures("family", "travel")
@each_door
def test_ask_again_answers_the_same_to_known_and_unknown(door: str) -> None:
    """REC-01, REC-03: honest about the mail before, whether there was one or not."""
    said = []
    for email in (KNOWN, UNKNOWN):
        browser = new_browser()
        ask(email, door)
        again = landed(browser, ask(email, door, browser))
        assert heading(again) == "Already asked"
        assert "A request was already made for this address at" in main_text(again)
        said.append(without_reference(again))
    assert said[0] == said[1]


def test_ask_never_changes_the_account(family: Family, postman: Postman) -> None:
    """REC-02, REC-24: the password works on, whoever asks."""
    ask(KNOWN)
    postman.collect()
    for account in (family.mother, family.leo, family.lisa):
        assert sign_in(new_browser(), account).status_code == 303


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "nobody",
        "a@b",
        "a b@example.com",
        "a@example.com, b@example.com",
        "a\x00@example.com",
    ],
)
@each_door
def test_ask_without_an_address_says_what_is_missing(door: str, email: str) -> None:
    """VAL-01, ACC-07."""
    answer = ask(email, door)
    assert answer.status_code == 200
    assert len(alerts(answer)) == 1
    assert not RecoveryRequest.objects.exists()


@pytest.mark.usefixtures("leia")
def test_ask_anywhere_without_a_membership_says_so() -> None:
    for slug in ("", "atlantis"):
        answer = new_browser().post("/recover/", {"membership": slug, "email": KNOWN})
        assert alerts(answer) == [
            "First choose your membership in the list above, or say that you do not know."
        ]
        assert attributes(answer, "[name=email]", "value") == [KNOWN]


def test_ask_address_is_not_in_any_url_or_cookie(leia: Organisation) -> None:
    """LOG-02: histories and logs learn nothing."""
    answer = ask(KNOWN)
    assert answer.headers["Location"] == f"/{leia.slug}/recover/sent/"
    assert KNOWN.split("@", maxsplit=1)[0] not in answer.cookies.output()


@each_door
def test_ask_gives_a_reference_that_a_helper_finds(leia: Organisation, door: str) -> None:
    browser = new_browser()
    page = landed(browser, ask(KNOWN, door, browser))
    (reference,) = texts(page, ".reference b")
    request = RecoveryRequest.objects.get(reference=reference)
    assert (request.typed_address, request.language) == (KNOWN, "en")
    assert request.organisation == (None if door == "unknown membership" else leia)
    event = Event.objects.get(tag="recovery_asked")
    assert (event.reference, event.address) == (reference, "127.0.0.1")


def test_sent_page_opened_by_itself_says_the_same(leia: Organisation) -> None:
    page = new_browser().get(f"/{leia.slug}/recover/sent/")
    assert (page.status_code, heading(page)) == (200, "Request sent")
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(
    "forged", ["", "x", "||", "a|b|c", "AAAA-BBBB|2026-13-45|never", "\x00", "é" * 300]
)
def test_sent_page_with_a_forged_cookie_is_no_error(leia: Organisation, forged: str) -> None:
    """VAL-01."""
    browser = new_browser()
    browser.cookies["carried-request"] = forged
    assert browser.get(f"/{leia.slug}/recover/sent/").status_code == 200
    browser.cookies["carried-username"] = forged
    assert browser.get("/leia/recover/").status_code == 200
    assert browser.post("/leia/recover/", {"email": KNOWN}).status_code == 303


@pytest.mark.usefixtures("family")
@each_door
def test_ask_twice_within_minutes_sends_one_mail(
    postman: Postman, travel: StoppedClock, door: str
) -> None:
    """REC-03: and the one that was sent still works."""
    browser = new_browser()
    for address in (KNOWN, KNOWN.upper(), f" {KNOWN} "):
        ask(address, door, browser)
    (mail,) = postman.collect()
    travel(minutes=4, seconds=59)
    page = landed(browser, ask(KNOWN, door, browser))
    assert heading(page) == "Already asked"
    assert postman.collect() == []
    assert new_browser().get(links_in(mail)[0]).status_code == 303
    travel(seconds=1)
    assert heading(landed(browser, ask(KNOWN, door, browser))) == "Request sent"
    assert len(postman.collect()) == 1


def test_ask_after_the_clock_was_set_back_is_mailed(
    family: Family, postman: Postman, travel: StoppedClock
) -> None:
    """A request noted by a clock that ran a day ahead makes nobody wait until that day."""
    today = travel.moment
    travel(days=1)
    ask(family.email)
    assert len(postman.collect()) == 1
    travel.moment = today
    ask(family.email)
    assert len(postman.collect()) == 1


@pytest.mark.usefixtures("family")
def test_ask_again_and_again_waits_longer_each_time(postman: Postman, travel: StoppedClock) -> None:
    """REC-03: each mail of a day doubles the pause, and the page says until when."""
    browser = new_browser()
    ask(KNOWN)
    for pause in (5, 10, 20, 40, 80):
        assert len(postman.collect()) == 1
        travel(minutes=pause, seconds=-1)
        page = landed(browser, ask(KNOWN, browser=browser))
        assert heading(page) == "Already asked"
        with translation.override("en"):
            day = date_format(timezone.localtime(travel(seconds=1)), "j F")
        assert f"You can ask again on {day} at " in main_text(page)
        assert heading(landed(browser, ask(KNOWN, browser=browser))) == "Request sent"


@pytest.mark.parametrize(("link_hours", "mails_a_day"), [(24, 9), (1, 27)])
def test_ask_all_day_long_never_leaves_the_owner_without_a_link(
    family: Family, postman: Postman, travel: StoppedClock, link_hours: int, mails_a_day: int
) -> None:
    """REC-03, REC-24: a mailbox is not flooded, and its owner is not shut out by a stranger."""
    leia = family.mother.organisation
    leia.link_hours = link_hours
    leia.save()
    mails = []
    for _ in range(24 * 12):
        ask(KNOWN)
        mails += postman.collect()
        states = {
            one.state_at(travel.moment) for one in Credential.objects.filter(account=family.leo)
        }
        assert Credential.State.LIVE in states
        travel(minutes=5)
    assert len(mails) == mails_a_day


def test_ask_limits_go_by_address_not_by_network(family: Family, postman: Postman) -> None:
    """SIG-05: a school behind one address is one address of the network."""
    others = [f"parent{number}@example.org" for number in range(10)]
    for number, email in enumerate(others):
        make_account(family.mother.organisation, f"parent{number}", email=email, password="")
        ask(email)
    ask(KNOWN)
    assert sorted(mail["To"] for mail in postman.collect()) == sorted([*others, KNOWN])


def test_ask_in_one_organisation_leaves_the_others_their_limit(
    family: Family, postman: Postman
) -> None:
    """TEN-02."""
    bastia = make_organisation("bastia", "Bastia")
    make_account(bastia, "marie", email=KNOWN, password="")
    ask(KNOWN)
    new_browser().post("/bastia/recover/", {"email": KNOWN})
    assert [len(links_in(mail)) for mail in postman.collect()] == [3, 1]


def test_username_typed_at_sign_in_is_offered_if_it_is_an_address(leia: Organisation) -> None:
    """ACC-02."""
    browser = new_browser()
    path = f"/{leia.slug}/sign-in/"
    browser.post(path, {"username": "Ada@example.com", "password": "x"})
    page = browser.get("/leia/recover/")
    assert attributes(page, "[name=email]", "value") == ["Ada@example.com"]
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("state", Account.State)
def test_ask_whatever_the_account_the_page_is_the_same(
    leia: Organisation, state: Account.State
) -> None:
    """REC-21."""
    browser = new_browser()
    expected = without_reference(landed(browser, ask(UNKNOWN, browser=browser)))
    make_account(leia, "ada", email=KNOWN, state=state, password=PASSWORD)
    browser = new_browser()
    assert without_reference(landed(browser, ask(KNOWN, browser=browser))) == expected
