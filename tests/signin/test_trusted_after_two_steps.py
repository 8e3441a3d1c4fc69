"""A browser is trusted, and its owner told of it, once the session is open and never before."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.accounts.views.test_second_step import set_up_app
from tests.conftest import Postman, StoppedClock
from tests.factories import is_signed_in, make_account, new_browser, sign_in
from tests.second_factors import STEP, Device, code_of, give_app, half_way, through
from tests.signin.test_held import attempt, fail, mails
from tests.signin.test_passkeys import PLACE, add, come_in
from trousseau.accounts.models import Account, CodeApp, Session, TrustedDevice
from trousseau.organisations.models import Organisation

ELSEWHERE = {"user-agent": "Firefox/140 Android"}


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com", language="en")


@pytest.fixture
def app(ada: Account) -> CodeApp:
    return give_app(ada)


def keeps_a_secret(browser: Client) -> bool:
    return any(name.startswith("device-") for name in browser.cookies)


def test_browser_is_trusted_after_the_second_step_and_not_before(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-04, SIG-08: whoever has guessed a password has not the owner's tries as well."""
    browser = half_way(ada)
    browser.post(STEP, {"code": "000000"})
    assert not keeps_a_secret(browser)
    assert not TrustedDevice.objects.exists()
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 303
    assert keeps_a_secret(browser)
    assert TrustedDevice.objects.get().account == ada


def test_new_device_is_told_once_the_session_is_open(
    ada: Account, app: CodeApp, travel: StoppedClock, postman: Postman
) -> None:
    """SIG-10: a mail that says « signed in » of somebody who stopped half way would be untrue."""
    through(ada, app, travel)
    browser = half_way(ada, **ELSEWHERE)
    assert mails(postman, "on a new device") == []
    browser.post(STEP, {"code": code_of(app, travel)})
    assert len(mails(postman, "on a new device")) == 1


def test_wrong_codes_leave_a_browser_trusted(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-04: codes are counted with their application, passwords with the browser."""
    browser = through(ada, app, travel)
    fail(6)
    for _ in range(3):
        sign_in(browser, ada)
        for _ in range(3):
            browser.post(STEP, {"code": "000000"})
    travel(minutes=5)
    assert attempt(browser=browser).status_code == 200
    sign_in(browser, ada)
    assert browser.post(STEP, {"code": code_of(app, travel)}).status_code == 303
    assert TrustedDevice.objects.get().failures == 0


def test_browser_in_which_the_first_factor_was_set_up_is_trusted(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SIG-07, SIG-04."""
    admin = make_account(leia, "admin", role=Account.Role.ADMINISTRATOR)
    browser = half_way(admin)
    assert not keeps_a_secret(browser)
    set_up_app(browser, travel)
    assert is_signed_in(browser, leia)
    assert keeps_a_secret(browser)


def test_browser_that_a_passkey_opened_is_trusted(
    ada: Account, settings: Settings, postman: Postman
) -> None:
    """SIG-04, SIG-10."""
    settings.PLATFORM_HOSTS = {"ent.example", "127.0.0.1"}
    device = Device(PLACE)
    add(ada, device)
    postman.collect()
    browser, status = come_in(device)
    assert status == 303
    assert keeps_a_secret(browser)
    assert TrustedDevice.objects.filter(account=ada).count() == 2


def test_many_failures_are_told_though_the_second_step_is_missing(
    ada: Account, app: CodeApp, travel: StoppedClock, postman: Postman
) -> None:
    """SIG-10: somebody knows the password now; that nobody came in changes nothing about it."""
    fail(6)
    travel(seconds=30)
    half_way(ada)
    (mail,) = mails(postman, "sign-in after many attempts")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "gave the right password" in " ".join(body.get_content().split())
    assert not Session.objects.exclude(account=None).exists()


def test_right_password_forgives_no_wrong_code(
    ada: Account, app: CodeApp, travel: StoppedClock
) -> None:
    """SIG-03: and neither does coming back half way, in whatever browser."""
    for _ in range(3):
        half_way(ada).post(STEP, {"code": "000000"})
        travel(minutes=1)
    half_way(ada)
    app.refresh_from_db()
    assert app.throttling_failure_count == 3


def test_former_key_takes_no_second_step(ada: Account, app: CodeApp, travel: StoppedClock) -> None:
    """SES-02: whoever holds the cookie from before the password was typed is not half way."""
    browser = through(ada, app, travel)
    thief = new_browser()
    thief.cookies["session"] = browser.cookies["session"].value
    assert sign_in(browser, ada).headers["Location"] == STEP
    assert thief.cookies["session"].value != browser.cookies["session"].value
    assert is_signed_in(thief, ada.organisation)
    assert thief.post(STEP, {"code": code_of(app, travel)}).status_code == 410
    assert browser.get(STEP).status_code == 200
