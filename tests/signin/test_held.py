"""Guesses are held back; owners come in."""

from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import Postman, StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    HOST,
    ORIGIN,
    PASSWORD,
    is_signed_in,
    links_in,
    make_account,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import alerts, attributes
from tests.signin.test_refusals import received, shapes
from trousseau.accounts import hashing
from trousseau.accounts.models import Account, TrustedDevice
from trousseau.accounts.services import attempts
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

PAGE = "/leia/sign-in/"
WRONG = "falaise-bougie-trombone"
NEW = dict.fromkeys(("new_password", "new_password_again"), ANOTHER_PASSWORD)


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com", language="en")


def attempt(name: str = "ada", password: str = WRONG, browser: Client | None = None):
    return (browser or new_browser()).post(PAGE, {"username": name, "password": password})


def fail(times: int, name: str = "ada") -> None:
    for _ in range(times):
        assert attempt(name).status_code == 200


def count(tag: str) -> int:
    return Event.objects.filter(tag=tag).count()


def test_sixth_failure_makes_the_next_attempt_wait(ada: Account, travel: StoppedClock) -> None:
    """SIG-03, SIG-04, ERR-01: in one sentence, with the way that needs no waiting."""
    fail(6)
    held = attempt(password=PASSWORD)
    assert (held.status_code, held.headers["Retry-After"]) == (429, "30")
    assert "no-store" in held.headers["Cache-Control"]
    (said,) = alerts(held)
    assert said.startswith("Too many attempts. Try again in 30 seconds.")
    assert "/leia/recover/" in attributes(held, "[role=alert] a", "href")
    assert attributes(held, "[name=username]", "value") == ["ada"]
    travel(seconds=30)
    assert attempt(password=PASSWORD).status_code == 303


@pytest.mark.usefixtures("ada")
def test_longer_wait_is_told_by_the_clock(travel: StoppedClock) -> None:
    travel.moment = travel.moment.replace(hour=10, minute=0, second=10, microsecond=0)
    for seconds in (0, 0, 0, 0, 0, 0, 30, 60, 120):
        travel(seconds=seconds)
        fail(1)
    (said,) = alerts(attempt())
    ready = (travel.moment.minute + 5) % 60
    assert f":{ready:02}." in said
    assert "Try again at" in said


@pytest.mark.usefixtures("ada", "travel")
@pytest.mark.parametrize("email_sign_in", [False, True])
@pytest.mark.parametrize("known", ["ada", "ada@example.com"])
def test_unknown_name_is_held_back_like_a_known_one(
    leia: Organisation, known: str, *, email_sign_in: bool
) -> None:
    """SIG-01, SIG-02: after as many failures, in the same words, with the same questions asked."""
    leia.email_sign_in = email_sign_in
    leia.save()
    unknown = known.replace("ada", "eva")
    for _ in range(6):
        assert received(attempt(known))[0] == received(attempt(unknown))[0] == 200
    seen = []
    for name in (known, unknown):
        with CaptureQueriesContext(connection) as queries:
            answer = attempt(name)
        status, headers, body, cookies = received(answer)
        headers.pop("Content-Length", None)
        told = (status, headers, body.replace(name, "NAME"), len(cookies))
        seen.append((told, shapes(queries)))
    assert seen[0] == seen[1]
    assert seen[0][0][0] == 429


@pytest.mark.usefixtures("ada", "travel")
def test_browser_that_knows_others_asks_the_same_for_known_and_unknown(leia: Organisation) -> None:
    """SIG-02."""
    browser = signed_in(make_account(leia, "leo"))
    asked = []
    for name in ("ada", "eva"):
        attempt(name, browser=browser)
        with CaptureQueriesContext(connection) as queries:
            attempt(name, browser=browser)
        asked.append(shapes(queries))
    assert asked[0] == asked[1]


@pytest.mark.usefixtures("ada", "travel")
def test_held_attempt_makes_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIG-05: a flood does not take the machine from everybody else."""
    fail(6)

    def never(*_: object) -> tuple[bool, None]:
        raise AssertionError("hashed")

    monkeypatch.setattr(hashing, "verify", never)
    for password in ("wrong", PASSWORD):
        assert attempt(password=password).status_code == 429


@pytest.mark.usefixtures("ada", "travel")
@pytest.mark.parametrize("spelling", ["ADA", " ada ", "ａda"])  # noqa: RUF001 -- full width
def test_spellings_of_one_name_count_together(spelling: str) -> None:
    fail(3)
    fail(3, spelling)
    assert attempt().status_code == attempt(spelling).status_code == 429


@pytest.mark.usefixtures("ada", "travel")
def test_name_counts_at_its_own_organisation_alone(leia: Organisation) -> None:
    """TEN-01, TEN-02."""
    bastia = Organisation.objects.create(slug="bastia", name="Bastia")
    make_account(bastia, "ada")
    fail(6)
    there = new_browser().post("/bastia/sign-in/", {"username": "ada", "password": PASSWORD})
    assert there.status_code == 303


@pytest.mark.usefixtures("ada", "travel")
def test_success_resets_what_the_name_has_failed() -> None:
    """SIG-06."""
    for _ in range(3):
        fail(5)
        assert attempt(password=PASSWORD).status_code == 303


def test_too_busy_takes_no_try(
    ada: Account, travel: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ERR-01: nothing was decided, so nothing counts."""
    browser = signed_in(ada)

    def busy(*_: object) -> tuple[bool, None]:
        raise hashing.TooBusyError

    with monkeypatch.context() as patched:
        patched.setattr(hashing, "verify", busy)
        for _ in range(10):
            assert attempt().status_code == 503
            assert attempt(browser=browser).status_code == 503
    assert attempts.state_of(ada).failures == 0
    assert TrustedDevice.objects.get().failures == 0


def test_trusted_browser_does_not_wait_for_what_others_try(
    ada: Account, travel: StoppedClock
) -> None:
    """SIG-05: neither a classmate nor a botnet shuts the owner out."""
    browser = signed_in(ada)
    browser.post("/leia/sign-out/")
    fail(6)
    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, browser=browser).status_code == 303
    # Nor does the owner's visit bring the guesser new tries.
    assert attempt().status_code == 429


def test_trusted_browser_has_five_tries_of_its_own(ada: Account, travel: StoppedClock) -> None:
    """SIG-03: then it is a browser like any other."""
    browser = signed_in(ada)
    fail(6)
    for _ in range(5):
        assert attempt(browser=browser).status_code == 200
    assert attempt(password=PASSWORD, browser=browser).status_code == 429
    assert not TrustedDevice.objects.exists()
    event = Event.objects.get(tag="device_forgotten")
    assert (event.subject, event.facts) == (ada.public_id, {"why": "failures"})


def test_trusted_browser_tries_are_forgotten_by_a_success(
    ada: Account, travel: StoppedClock
) -> None:
    """SIG-06."""
    browser = signed_in(ada)
    for _ in range(3):
        for _ in range(4):
            attempt(browser=browser)
        assert attempt(password=PASSWORD, browser=browser).status_code == 303
    assert TrustedDevice.objects.count() == 1


def test_siblings_share_a_tablet(ada: Account, travel: StoppedClock) -> None:
    tablet = signed_in(ada)
    leo = make_account(ada.organisation, "leo")
    sign_in(tablet, leo)
    fail(6)
    fail(6, "leo")
    for account in (ada, leo, ada):
        assert sign_in(tablet, account).status_code == 303
    assert len([name for name in tablet.cookies if name.startswith("device-")]) == 2


def test_cookie_of_one_account_is_worth_nothing_for_another(
    ada: Account, travel: StoppedClock
) -> None:
    leo = make_account(ada.organisation, "leo")
    browser = signed_in(leo)
    (secret,) = [one.value for name, one in browser.cookies.items() if name.startswith("device-")]
    other = signed_in(ada)
    (name,) = [name for name in other.cookies if name.startswith("device-")]
    browser.cookies[name] = secret
    fail(6)
    assert attempt(password=PASSWORD, browser=browser).status_code == 429


def test_device_cookie_changes_no_page(ada: Account) -> None:
    """The pages of visitors stay the same bytes for everybody."""
    browser = signed_in(ada)
    browser.post("/leia/sign-out/")
    # Django's client goes on sending a cookie whose time is over.
    del browser.cookies["session"]
    assert [name.partition("-")[0] for name in browser.cookies] == ["device"]
    for path in (PAGE, "/leia/recover/"):
        kept, fresh = browser.get(path), new_browser().get(path)
        assert kept.content == fresh.content
        assert kept.headers["ETag"] == fresh.headers["ETag"]


def test_secret_is_kept_as_a_digest_only(ada: Account) -> None:
    """LOG-02, STO-07."""
    browser = signed_in(ada)
    (secret,) = [one.value for name, one in browser.cookies.items() if name.startswith("device-")]
    everything = str([list(model.objects.values()) for model in (TrustedDevice, Event)])
    assert len(secret) >= 32
    assert secret not in everything
    assert "127.0.0" not in str(list(TrustedDevice.objects.values()))


def test_recovery_clears_the_way(ada: Account, postman: Postman, travel: StoppedClock) -> None:
    """REC-24, SIG-04: whatever is held back, a chosen password opens at once."""
    thief = signed_in(ada)
    for _ in range(attempts.MOST_FAILURES):
        attempts.failed(attempts.begin(ada.organisation, "ada", ada, ORIGIN, {}))
        travel(hours=1)
    assert attempts.state_of(ada).closed
    closed = attempt(password=PASSWORD)
    assert alerts(closed)[0].startswith("Too many attempts. Choose a new password, or use a device")
    assert "Retry-After" not in closed.headers

    browser = new_browser()
    browser.post("/leia/recover/", {"email": "ada@example.com"})
    (mail,) = [one for one in postman.collect() if "pwd" in str(one)]
    (link,) = links_in(mail)
    form = browser.get(link).headers["Location"]
    assert browser.post(form, NEW).status_code == 303
    assert attempts.state_of(ada) == attempts.State(devices=1)
    assert attempt(password=ANOTHER_PASSWORD).status_code == 303
    # The browser of the recovery waits for nobody, and the thief's is a stranger now.
    fail(6)
    assert attempt(password=ANOTHER_PASSWORD, browser=thief).status_code == 429
    assert attempt(password=ANOTHER_PASSWORD, browser=browser).status_code == 303
    assert count("authn_login_fail_cleared") == 1


def test_password_change_trusts_this_browser_alone(ada: Account, travel: StoppedClock) -> None:
    here, elsewhere = signed_in(ada), signed_in(ada)
    fields = {"current_password": PASSWORD, **NEW}
    assert here.post("/leia/settings/password/", fields).status_code == 303
    fail(6)
    assert attempt(password=ANOTHER_PASSWORD, browser=elsewhere).status_code == 429
    assert attempt(password=ANOTHER_PASSWORD, browser=here).status_code == 303
    assert is_signed_in(here, ada.organisation)


def test_current_password_cannot_be_guessed_in_an_open_session(
    ada: Account, travel: StoppedClock
) -> None:
    """SIG-03: and whoever guesses there does not shut the owner out of sign-in."""
    browser = signed_in(ada)
    wrong = {"current_password": "wrong", **NEW}
    for _ in range(6):
        assert "not your current" in alerts(browser.post("/leia/settings/password/", wrong))[0]
    right = {**wrong, "current_password": PASSWORD}
    said = alerts(browser.post("/leia/settings/password/", right))
    assert said == ["Too many attempts. Try again in 30 seconds."]
    assert attempt(password=PASSWORD).status_code == 303
    travel(seconds=30)
    assert browser.post("/leia/settings/password/", right).status_code == 303


@pytest.mark.usefixtures("travel")
def test_trail_tells_of_a_flood_once(ada: Account) -> None:
    """LOG-03, LOG-04."""
    fail(6)
    for _ in range(20):
        attempt()
    assert (count("authn_login_fail"), count("authn_login_fail_max")) == (6, 1)
    event = Event.objects.get(tag="authn_login_fail_max")
    assert (event.subject, event.outcome, event.facts) == (
        ada.public_id,
        "refused",
        {"failures": 6},
    )


@pytest.mark.usefixtures("travel")
def test_trail_tells_of_a_success_after_failures(ada: Account) -> None:
    """LOG-04."""
    attempt(password=PASSWORD)
    assert count("authn_login_successafterfail") == 0
    fail(2)
    attempt(password=PASSWORD)
    event = Event.objects.get(tag="authn_login_successafterfail")
    assert (event.subject, event.facts) == (ada.public_id, {"failures": 2})


def mails(postman: Postman, word: str) -> list[EmailMessage]:
    return [mail for mail in postman.collect() if word in str(mail["Subject"])]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("en", "sign-in after many attempts"), ("fr", "connexion après de nombreux essais")],
)
def test_owner_is_told_of_a_success_after_many_failures(
    ada: Account, postman: Postman, travel: StoppedClock, language: str, subject: str
) -> None:
    """SIG-10."""
    ada.language = language
    ada.save()
    fail(5)
    attempt(password=PASSWORD)
    assert mails(postman, subject) == []
    fail(6)
    travel(seconds=30)
    attempt(password=PASSWORD)
    (mail,) = mails(postman, subject)
    assert mail["To"] == "ada@example.com"
    body: Any = mail.get_body(("plain",))
    assert " 6 " in body.get_content()
    assert f"http://{HOST}/leia/recover/" in body.get_content()


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "on a new device"), ("fr", "sur un nouvel appareil")]
)
def test_owner_is_told_of_a_new_device_but_not_of_the_first(
    ada: Account, postman: Postman, language: str, subject: str
) -> None:
    """SIG-10."""
    ada.language = language
    ada.save()
    signed_in(ada)
    assert mails(postman, subject) == []
    sign_in(new_browser(**{"user-agent": "Firefox/140 Android"}), ada)
    (mail,) = mails(postman, subject)
    assert mail["To"] == "ada@example.com"
    body: Any = mail.get_body(("plain",))
    assert "Firefox, Android" in body.get_content()
    # The same kind of browser in the same network, without its cookie: no news.
    sign_in(new_browser(**{"user-agent": "Firefox/140 Android"}), ada)
    assert mails(postman, subject) == []


@pytest.mark.parametrize(
    ("wishes", "role", "told"),
    [
        ("adults", Account.Role.TEACHER, 1),
        ("adults", Account.Role.PUPIL, 0),
        ("everyone", Account.Role.PUPIL, 1),
        ("nobody", Account.Role.TEACHER, 0),
    ],
)
def test_organisation_settles_who_is_told_of_new_devices(
    ada: Account, postman: Postman, wishes: str, role: Account.Role, told: int
) -> None:
    ada.role = role
    ada.save()
    ada.organisation.new_device_mail = wishes
    ada.organisation.save()
    signed_in(ada)
    sign_in(new_browser(**{"user-agent": "Firefox/140 Android"}), ada)
    assert len(mails(postman, "new device")) == told
