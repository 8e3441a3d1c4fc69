"""Between the password and the second factor: what opens the door, and everything that does not."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    is_signed_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
)
from tests.markup import heading, main_text
from tests.second_factors import STEP, code_of, give_app, give_codes, half_way
from trousseau.accounts.models import Account, CodeApp, Credential, Session
from trousseau.accounts.models.factor import LONGEST_WAIT, MOST_FAILURES
from trousseau.accounts.services import code_apps, credentials, factors
from trousseau.audit.models import Event
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import SecondFactor

Role = Account.Role
SET_UP = "/leia/settings/second-step/set-up/"


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com")


@pytest.fixture
def app(ada: Account) -> CodeApp:
    return give_app(ada)


def refused() -> int:
    return Event.objects.filter(tag="authn_factor_fail").count()


def test_password_alone_opens_nothing(ada: Account, app: CodeApp) -> None:
    """SIG-07, SIG-08: neither a page nor an application, whatever is asked for."""
    browser = half_way(ada)
    assert not is_signed_in(browser, ada.organisation)
    for path in ("", "settings/details/", "settings/second-step/", "settings/sessions/"):
        assert browser.get(f"/leia/{path}").status_code == 302, path
    answer = browser.get("/leia/cas/login?service=https://moodle.example/&gateway=true")
    assert b"ticket" not in answer.content
    assert not Session.objects.exclude(account=None).exists()
    assert not Event.objects.filter(tag="authn_login_success").exists()


def test_code_opens_the_session_under_another_key(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SES-02: what was in the browser before opens nothing after."""
    browser = half_way(ada)
    former = browser.cookies["session"].value
    answer = browser.post(STEP, {"code": code_of(app, travel)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/leia/")
    assert is_signed_in(browser, ada.organisation)
    thief = new_browser()
    thief.cookies["session"] = former
    assert not is_signed_in(thief, ada.organisation)
    assert thief.get(STEP).headers["Location"] == "/leia/sign-in/"
    assert Event.objects.get(tag="authn_login_success").facts["factor"] == "password+app"


def test_next_page_is_where_the_person_was_going(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    browser = new_browser()
    sign_in(browser, ada, query="?next=/leia/settings/details/")
    answer = browser.post(f"{STEP}?next=//evil.example", {"code": code_of(app, travel)})
    assert answer.headers["Location"] == "/leia/settings/details/"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_code_is_accepted_once(
    ada: Account, app: CodeApp, travel: StoppedClock, steps: int
) -> None:
    """A6.5.1: not a second time within its half minute, and none before it either."""
    code = code_of(app, travel, steps)
    assert half_way(ada).post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 303
    again = half_way(ada).post(STEP, {"code": code})
    assert (again.status_code, refused()) == (200, 1)
    travel(seconds=2)
    earlier = half_way(ada).post(STEP, {"code": code_of(app, travel, steps - 1)})
    assert (earlier.status_code, refused()) == (200, 2)


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_code_of_another_minute_is_refused(
    ada: Account, app: CodeApp, travel: StoppedClock, steps: int
) -> None:
    assert half_way(ada).post(STEP, {"code": code_of(app, travel, steps)}).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0",
        "12345",
        "1234567",
        "-12345",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "abcdef",
        "x" * 61,
    ],
)
def test_code_that_is_none_is_refused(ada: Account, app: CodeApp, typed: str) -> None:
    browser = half_way(ada)
    assert browser.post(STEP, {"code": typed}).status_code == 200
    assert not is_signed_in(browser, ada.organisation)


def test_code_of_another_account_is_refused(
    leia: Organisation, ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    bob = make_account(leia, "bob")
    other, saved = give_app(bob), give_codes(bob)
    for code in (code_of(other, travel), saved[0]):
        browser = half_way(ada)
        assert browser.post(STEP, {"code": code}).status_code == 200
        assert not is_signed_in(browser, leia)
        travel(minutes=1)
    assert half_way(bob).post(STEP, {"code": saved[0]}).status_code == 303


def test_second_person_in_the_same_browser_takes_the_place_of_the_first(
    leia: Organisation, ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """Two tabs, two accounts: the code of the first opens neither."""
    bob = make_account(leia, "bob")
    give_app(bob)
    browser = half_way(ada)
    sign_in(browser, bob)
    assert b"bob" in browser.get(STEP).content
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 200
    assert not is_signed_in(browser, leia)


def test_half_way_in_one_organisation_is_nowhere_in_another(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """TEN-01."""
    make_organisation("bastia", "Bastia")
    browser = half_way(ada)
    away = "/bastia/sign-in/second-step/"
    assert browser.get(away).headers["Location"] == "/bastia/sign-in/"
    assert browser.post(away, {"code": code_of(app, travel)}).status_code == 410
    assert browser.post(f"{away}options/").status_code == 403


def test_half_way_ends_after_ten_minutes(ada: Account, app: CodeApp, travel: StoppedClock) -> None:
    browser = half_way(ada)
    travel(minutes=10, seconds=1)
    answer = browser.post(STEP, {"code": code_of(app, travel)})
    assert (answer.status_code, heading(answer)) == (410, "This sign-in is over")


@pytest.mark.parametrize("what", ["password", "suspended", "factors"])
def test_half_way_ends_when_the_account_changes(
    ada: Account, app: CodeApp, travel: StoppedClock, what: str
) -> None:
    """SES-06, REC-16."""
    browser = half_way(ada)
    if what == "password":
        Account.objects.update(password_changed_at=travel(seconds=1))
    elif what == "suspended":
        Account.objects.update(state=Account.State.SUSPENDED)
    else:
        factors.forget_all(ada, ORIGIN)
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 410
    assert not is_signed_in(browser, ada.organisation)


def test_step_without_a_password_before_it_is_none(leia: Organisation) -> None:
    stranger = new_browser()
    assert stranger.get(STEP).headers["Location"] == "/leia/sign-in/"
    assert stranger.post(STEP, {"code": "123456"}).status_code == 410
    assert stranger.post(f"{STEP}options/").status_code == 403


def test_wrong_codes_wait_longer_and_longer(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-03, SIG-04: not even the right one is taken meanwhile, and the person is told when."""
    browser = half_way(ada)
    browser.post(STEP, {"code": "000000"})
    for wait in (1, 2, 4, 8):
        browser.post(STEP, {"code": "000000"})
        early = browser.post(STEP, {"code": code_of(app, travel)})
        assert "Try again after" in main_text(early)
        travel(seconds=wait)
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 303
    app.refresh_from_db()
    assert app.throttling_failure_count == 0


def test_one_wrong_code_costs_no_wait(ada: Account, app: CodeApp, travel: StoppedClock) -> None:
    """SIG-04: a slip of the finger is not held against anybody."""
    browser = half_way(ada)
    browser.post(STEP, {"code": "000000"})
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 303


def wrong_codes(app: CodeApp, number: int, travel: StoppedClock) -> None:
    CodeApp.objects.filter(pk=app.pk).update(
        throttling_failure_count=number, throttling_failure_timestamp=travel.moment
    )


def test_wrong_codes_never_wait_longer_than_a_quarter_of_an_hour(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    wrong_codes(app, MOST_FAILURES - 1, travel)
    travel(seconds=LONGEST_WAIT.total_seconds())
    assert code_apps.accept(ada, code_of(app, travel))


def test_hundred_wrong_codes_leave_the_saved_ones_and_these_make_it_good(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-03, SIG-06: no guesser gets a hundred and first try; no owner is out for ever."""
    saved = give_codes(ada)
    wrong_codes(app, MOST_FAILURES, travel)
    travel(days=30)
    browser = half_way(ada)
    assert "too many wrong codes" in main_text(browser.post(STEP, {"code": code_of(app, travel)}))
    assert browser.post(STEP, {"code": saved[0]}).status_code == 303
    assert half_way(ada).post(STEP, {"code": code_of(app, travel)}).status_code == 303


def test_ten_wrong_codes_are_told_to_the_owner(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-10: whoever got as far as that knows the password."""
    Message.objects.all().delete()
    wrong_codes(app, 9, travel)
    travel(hours=1)
    half_way(ada).post(STEP, {"code": "000000"})
    assert [one.about for one in Message.objects.all()] == [f"{ada.public_id}:wrong-codes"]


def test_two_applications_do_not_count_against_each_other(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    second = give_app(ada, "My tablet")
    for _ in range(4):
        assert half_way(ada).post(STEP, {"code": code_of(second, travel)}).status_code == 303
        travel(minutes=1)
    assert {one.throttling_failure_count for one in CodeApp.objects.all()} == {0}


def test_saved_code_opens_one_sign_in_and_its_owner_is_told(ada: Account, app: CodeApp) -> None:
    """REC-07, REC-14."""
    saved = give_codes(ada)
    Message.objects.all().delete()
    typed = saved[3].upper().replace("-", " ")
    assert half_way(ada).post(STEP, {"code": typed}).status_code == 303
    assert [one.about for one in Message.objects.all()] == [f"{ada.public_id}:code-used"]
    assert half_way(ada).post(STEP, {"code": typed}).status_code == 200
    assert saved[3] not in str(list(Credential.objects.values()))


def test_former_saved_codes_open_nothing(ada: Account, app: CodeApp) -> None:
    former, _ = give_codes(ada), give_codes(ada)
    assert half_way(ada).post(STEP, {"code": former[0]}).status_code == 200


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.TEACHER, Role.PUPIL, Role.GUARDIAN])
def test_helpers_alone_must_have_a_factor_by_default(leia: Organisation, role: Account.Role):
    """SIG-07."""
    must = role is Role.ADMINISTRATOR
    browser = new_browser()
    answer = sign_in(browser, make_account(leia, "ada", role=role))
    assert answer.headers["Location"] == (SET_UP if must else "/leia/")
    assert is_signed_in(browser, leia) is not must


@pytest.mark.parametrize(
    ("asked", "operator", "must"),
    [
        (SecondFactor.NOBODY, False, False),
        (SecondFactor.NOBODY, True, True),
        (SecondFactor.EVERYBODY, False, True),
    ],
)
def test_organisation_says_of_whom_a_factor_is_asked_but_not_of_operators(
    leia: Organisation, asked: SecondFactor, *, operator: bool, must: bool
) -> None:
    leia.second_factor = asked
    leia.save()
    browser = new_browser()
    sign_in(browser, make_account(leia, "ada", is_operator=operator))
    assert is_signed_in(browser, leia) is not must


def test_sign_in_without_a_factor_costs_no_query_more(leia: Organisation) -> None:
    """Whoever has none reads the account once, opens a session and trusts the browser."""
    for role in (Role.PUPIL, Role.TEACHER):
        account = make_account(leia, role, role=role)
        browser = new_browser()
        with CaptureQueriesContext(connection) as queries:
            sign_in(browser, account)
        tables = [
            re.split(r"[^a-z]", one["sql"].split("accounts_")[1])[0]
            for one in queries
            if "accounts_" in one["sql"]
        ]
        assert tables == ["schoolplace", "session", "trusteddevice", "trusteddevice"]


def test_trail_names_what_was_missed(ada: Account, app: CodeApp) -> None:
    """LOG-01: the code itself is not in it."""
    half_way(ada).post(STEP, {"code": "918273"})
    event = Event.objects.get(tag="authn_factor_fail")
    assert (event.subject, event.outcome, event.facts) == (
        ada.public_id,
        "refused",
        {"factor": "app"},
    )


def test_recovery_by_mail_leads_to_the_second_step(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """REC-17: a new password is the first factor again, and no more; no code is forgiven."""
    wrong_codes(app, 3, travel)
    issued = credentials.issue(Credential.Kind.RECOVERY, ada, timedelta(hours=1))
    browser = new_browser()
    form = browser.get(f"/leia/pwd/{issued.secret}/")["Location"]
    fields = dict.fromkeys(("new_password", "new_password_again"), ANOTHER_PASSWORD)
    assert browser.post(form, fields).status_code == 303
    assert not is_signed_in(browser, ada.organisation)
    assert sign_in(browser, ada, ANOTHER_PASSWORD).headers["Location"] == STEP
    assert not is_signed_in(browser, ada.organisation)
    app.refresh_from_db()
    assert app.throttling_failure_count == 3


def test_step_is_refused_from_another_site(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """WEB-08."""
    browser = half_way(ada)
    headers = {"sec-fetch-site": "cross-site"}
    answer = browser.post(STEP, {"code": code_of(app, travel)}, headers=headers)
    assert answer.status_code == 403
    assert not is_signed_in(browser, ada.organisation)
