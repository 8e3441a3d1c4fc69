"""A mailed link: opened any number of times, used once, and dead when it should be."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.conftest import Family, Postman, StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    is_signed_in,
    links_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import alerts, attributes, heading, main_text, page_of
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import contact_addresses, credentials, passwords, registration
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest

State = Credential.State
TITLES = {
    "used": (410, "This link has been used already"),
    "expired": (410, "This link is too old"),
    "superseded": (410, "A newer link has taken its place"),
    "unknown": (404, "This link does not work"),
}
NEW = {"new_password": ANOTHER_PASSWORD, "new_password_again": ANOTHER_PASSWORD}


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com", language="en")


def mailed(account: Account, hours: int = 24) -> str:
    """Issue a link as a mail would carry it, and return its path."""
    issued = credentials.issue(Credential.Kind.RECOVERY, account, timedelta(hours=hours))
    return f"/{account.organisation.slug}/pwd/{issued.secret}/"


def asked(email: str, postman: Postman) -> list[str]:
    new_browser().post("/leia/recover/", {"email": email})
    (mail,) = postman.collect()
    return links_in(mail)


def form_of(browser: Client, link: str) -> str:
    answer = browser.get(link)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def use(link: str, browser: Client | None = None):
    browser = browser or new_browser()
    return browser.post(form_of(browser, link), NEW)


def state_of(link: str) -> tuple[int, str]:
    answer = new_browser().get(link)
    if answer.status_code == 303:
        return 303, ""
    assert "/recover/" in attributes(answer, "main a.button", "href")[0]
    assert not answer.cookies
    return answer.status_code, heading(answer)


def test_link_leaves_the_address_at_once(ada: Account) -> None:
    """REC-11: into a cookie bound to this page, not seen by scripts, not sent elsewhere."""
    link = mailed(ada)
    secret = link.split("/")[-2]
    answer = new_browser().get(link)
    (cookie,) = answer.cookies.values()
    assert answer.headers["Location"] == f"/leia/pwd/?link={cookie.key.removeprefix('link-')}"
    assert secret in cookie.value.split(":")
    flags = (cookie["path"], cookie["httponly"], cookie["max-age"])
    assert flags == ("/leia/pwd/", True, "")
    browser = new_browser()
    page = browser.get(form_of(browser, link))
    assert secret not in page.content.decode()
    for received in (answer, page):
        assert received.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in received.headers["Cache-Control"]


def test_form_says_whose_password_it_is(ada: Account) -> None:
    """WEB-03, REC-13: the username is shown, and password managers know the fields."""
    browser = new_browser()
    page = browser.get(form_of(browser, mailed(ada)))
    assert heading(page) == "Change the password"
    assert "Ada Agostini" in main_text(page)
    assert attributes(page, "main input", "autocomplete") == [
        "username",
        "new-password",
        "new-password",
    ]
    assert attributes(page, "main input#username", "value") == ["ada"]


def test_link_opened_any_number_of_times_is_not_used_up(ada: Account) -> None:
    """REC-12: GET, HEAD and scanners that press the button without typing change nothing."""
    link = mailed(ada)
    for _ in range(3):
        scanner = new_browser()
        scanner.head(link)
        where = form_of(scanner, link)
        page = scanner.get(where)
        scanner.head(where)
        names = [(one.attrs or {}).get("name") for one in page_of(page).query("main [name]")]
        empty = {str(name): "" for name in names if name}
        assert scanner.post(where, empty).status_code == 200
        assert scanner.post(where).status_code == 200
    assert sign_in(new_browser(), ada).status_code == 303
    assert use(link).status_code == 303
    credential = Credential.objects.get()
    assert credential.opened_at
    assert credential.used_at


def test_link_used_sets_the_password_and_leads_to_sign_in(ada: Account) -> None:
    """REC-15: nobody is signed in by a mail; the next step is the sign-in page."""
    browser = new_browser()
    answer = use(mailed(ada), browser)
    assert answer.headers["Location"] == "/leia/pwd/changed/"
    page = browser.get("/leia/pwd/changed/")
    assert heading(page) == "Password changed"
    assert "ada" in main_text(page).split()
    assert attributes(page, "main a.button", "href") == ["/leia/sign-in/"]
    assert not is_signed_in(browser, ada.organisation)
    assert sign_in(new_browser(), ada, PASSWORD).status_code == 200
    assert sign_in(new_browser(), ada, ANOTHER_PASSWORD).status_code == 303


def test_link_used_ends_sessions_and_tells_the_owner(ada: Account, postman: Postman) -> None:
    """REC-14, REC-16, LOG-01."""
    thief = signed_in(ada)
    (link,) = asked("ada@example.com", postman)
    use(link)
    assert not is_signed_in(thief, ada.organisation)
    (notice,) = postman.collect()
    assert notice["To"] == "ada@example.com"
    tags = set(Event.objects.filter(subject=ada.public_id).values_list("tag", flat=True))
    assert {"authn_token_created", "authn_password_change", "recovery_done"} <= tags


def test_link_used_twice_says_that_it_was(ada: Account) -> None:
    """REC-07."""
    link = mailed(ada)
    browser = new_browser()
    where = form_of(browser, link)
    assert browser.post(where, NEW).status_code == 303
    again = browser.post(where, NEW)
    assert (again.status_code, heading(again)) == TITLES["used"]
    assert state_of(link) == TITLES["used"]


@pytest.mark.parametrize("hours", [1, 5, 24])
def test_link_lives_as_long_as_the_organisation_says(
    ada: Account, postman: Postman, travel: StoppedClock, hours: int
) -> None:
    """REC-06: and the page says how long that is."""
    ada.organisation.link_hours = hours
    ada.organisation.save()
    (link,) = asked("ada@example.com", postman)
    travel(hours=hours, seconds=-1)
    assert state_of(link) == (303, "")
    browser = new_browser()
    where = form_of(browser, link)
    travel(seconds=1)
    assert state_of(link) == TITLES["expired"]
    late = browser.post(where, NEW)
    assert (late.status_code, heading(late)) == TITLES["expired"]
    assert f"{hours} hour" in main_text(late)
    assert sign_in(new_browser(), ada).status_code == 303


def test_link_dies_when_a_newer_one_is_asked_for(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """REC-09."""
    (former,) = asked("ada@example.com", postman)
    travel(minutes=10)
    (newer,) = asked("ada@example.com", postman)
    assert state_of(former) == TITLES["superseded"]
    assert use(newer).status_code == 303


def test_link_dies_when_the_password_changes(ada: Account) -> None:
    """REC-09."""
    link = mailed(ada)
    passwords.change(ada, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep="")
    assert state_of(link) == TITLES["superseded"]


def test_link_dies_when_an_address_goes(ada: Account) -> None:
    """REC-09."""
    registration.add_address(ada, "ada@work.example")
    link = mailed(ada)
    address = ada.addresses.get(main=True)
    contact_addresses.remove(ada, address.pk, ORIGIN)
    assert state_of(link) == TITLES["superseded"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": Account.State.SUSPENDED},
        {"state": Account.State.INACTIVE},
        {"local_sign_in": False},
    ],
)
def test_link_of_an_account_that_may_no_longer_recover_is_dead(
    ada: Account, change: dict[str, object]
) -> None:
    """REC-09, SIG-08: suspended, not activated, or gone to CAS meanwhile."""
    link = mailed(ada)
    browser = new_browser()
    where = form_of(browser, link)
    Account.objects.filter(pk=ada.pk).update(**change)
    assert state_of(link) == TITLES["superseded"]
    assert browser.post(where, NEW).status_code == 410
    assert Account.objects.get(pk=ada.pk).password_changed_at is None


@pytest.mark.parametrize("secret", ["x" * 32, "x", "é", "%00", "x" * 2000, "changed2"])
def test_link_that_never_was_says_so(leia: Organisation, secret: str) -> None:
    assert state_of(f"/{leia.slug}/pwd/{secret}/") == TITLES["unknown"]


def test_link_of_one_organisation_is_unknown_in_another(ada: Account) -> None:
    """TOK-02, REC-22."""
    make_organisation("bastia", "Bastia")
    link = mailed(ada)
    elsewhere = link.replace("/leia/", "/bastia/")
    assert state_of(elsewhere) == TITLES["unknown"]
    browser = new_browser()
    where = form_of(browser, link)
    answer = browser.post(where.replace("/leia/", "/bastia/"), NEW)
    assert (answer.status_code, heading(answer)) == TITLES["unknown"]
    assert use(link).status_code == 303


@pytest.mark.parametrize(
    "query", ["", "?link=", "?link=0123456789abcdef", "?link=../x", "?link=\x00"]
)
def test_form_without_its_cookie_is_a_link_that_does_not_work(
    leia: Organisation, query: str
) -> None:
    """REC-22: no step can be skipped."""
    for method in ("get", "post"):
        answer = getattr(new_browser(), method)(f"/{leia.slug}/pwd/{query}")
        assert (answer.status_code, heading(answer)) == TITLES["unknown"]


def test_links_of_three_children_in_three_tabs_never_mix(family: Family, postman: Postman) -> None:
    """REC-20, REC-22: each form changes the account it shows."""
    browser = new_browser()
    forms = [form_of(browser, link) for link in asked(family.email, postman)]
    words = ["moulin", "violon", "neige"]
    for where, word in reversed(list(zip(forms, words, strict=True))):
        password = f"{word}-girafe-tuba-58"
        fields = {"new_password": password, "new_password_again": password}
        assert browser.post(where, fields).status_code == 303
    for account, word in zip((family.mother, family.lisa, family.leo), words, strict=True):
        assert sign_in(new_browser(), account, f"{word}-girafe-tuba-58").status_code == 303


def test_link_of_a_child_leaves_the_guardian_as_they_were(family: Family, postman: Postman) -> None:
    mother = signed_in(family.mother)
    _, _, leos = asked(family.email, postman)
    assert use(leos).status_code == 303
    assert is_signed_in(mother, family.mother.organisation)
    assert sign_in(new_browser(), family.leo, ANOTHER_PASSWORD).status_code == 303
    assert [mail["To"] for mail in postman.collect()] == [family.email]


def test_link_works_while_somebody_else_is_signed_in(family: Family) -> None:
    browser = signed_in(family.mother)
    assert use(mailed(family.leo), browser).status_code == 303
    assert is_signed_in(browser, family.mother.organisation)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ["Enter a new password.", "Enter the new password a second time."]),
        (
            {**NEW, "new_password_again": PASSWORD},
            ["The two passwords differ. Enter the same one twice."],
        ),
        (
            {"new_password": "court", "new_password_again": "court"},
            ["A little longer: at least 12 characters."],
        ),
    ],
)
def test_form_refused_says_why_and_keeps_the_link(
    ada: Account, fields: dict[str, str], said: list[str]
) -> None:
    """REC-13, PWD-08."""
    link = mailed(ada)
    browser = new_browser()
    where = form_of(browser, link)
    answer = browser.post(where, {"x": "", **fields})
    assert alerts(answer) == said
    assert attributes(answer, "main input[type=password]", "value") == ["", ""]
    assert sign_in(new_browser(), ada).status_code == 303
    assert browser.post(where, NEW).status_code == 303


@pytest.mark.usefixtures("ada")
def test_ask_again_after_the_link_was_used_is_answered_at_once(postman: Postman) -> None:
    """REC-24: somebody who forgets twice in five minutes is not kept waiting."""
    (link,) = asked("ada@example.com", postman)
    use(link)
    postman.collect()
    (another,) = asked("ada@example.com", postman)
    assert state_of(another) == (303, "")
    assert RecoveryRequest.objects.filter(answer="mailed").count() == 2


def test_judge_answers_who_holds_a_live_link_alone(ada: Account) -> None:
    """PWD-08, ACT-06."""
    link = mailed(ada)
    browser = new_browser()
    where = form_of(browser, link).replace("/pwd/", "/pwd/judge/")
    told = browser.post(where, {"password": "ada agostini"})
    assert (told.json()["accepted"], "no-store" in told.headers["Cache-Control"]) == (False, True)
    assert browser.post(where, {"password": ANOTHER_PASSWORD}).json()["accepted"] is True
    assert new_browser().post(where, {"password": "x"}).status_code == 404
    use(link)
    assert browser.post(where, {"password": "x"}).status_code == 404
    assert browser.get(where).status_code == 405


def test_thirteen_links_in_one_browser_the_oldest_gives_way(leia: Organisation) -> None:
    """No browser is asked to send more than a server reads."""
    browser = new_browser()
    forms = [
        form_of(browser, mailed(make_account(leia, f"child{number}", password="")))
        for number in range(13)
    ]
    kept = [name for name, morsel in browser.cookies.items() if morsel.value]
    assert len([name for name in kept if name.startswith("link-")]) == 12
    assert browser.get(forms[-1]).status_code == 200
