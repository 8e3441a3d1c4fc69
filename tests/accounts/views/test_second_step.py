"""Setting factors up, removing them, and proving who one is before that."""

import re

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import PASSWORD, is_signed_in, make_account, new_browser, sign_in, signed_in
from tests.markup import alerts, attributes, main_text, texts
from tests.second_factors import STEP, code_of, give_app, give_codes, half_way, through
from trousseau.accounts.models import Account, CodeApp
from trousseau.accounts.services import factors, saved_codes
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

PAGE = "/leia/settings/second-step/"
CONFIRM = "/leia/settings/confirm/"
Role = Account.Role


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com")


def set_up_app(browser: Client, travel: StoppedClock):
    """Begin, read the key, type the code."""
    assert browser.post(f"{PAGE}app/start/").status_code == 303
    page = browser.get(f"{PAGE}app/")
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    app = CodeApp.objects.get(confirmed=False)
    return browser.post(f"{PAGE}app/", {"code": code_of(app, travel), "name": "Mon téléphone"})


def test_application_is_set_up_in_the_settings(ada: Account, travel: StoppedClock) -> None:
    """SIG-07, SES-02: the key is new, the other sessions are over, saved codes come next."""
    other, browser = signed_in(ada), signed_in(ada)
    former = browser.cookies["session"].value
    answer = set_up_app(browser, travel)
    assert answer.headers["Location"] == f"{PAGE}codes/"
    assert browser.cookies["session"].value != former
    assert is_signed_in(browser, ada.organisation)
    assert not is_signed_in(other, ada.organisation)
    shown = texts(browser.post(f"{PAGE}codes/"), ".codes code")
    assert len(shown) == 10
    assert not any(code in main_text(browser.get(f"{PAGE}codes/")) for code in shown)
    assert half_way(ada).post(STEP, {"code": shown[0]}).status_code == 303


def test_key_is_shown_to_its_own_browser_alone(ada: Account, travel: StoppedClock) -> None:
    browser, other = signed_in(ada), signed_in(ada)
    browser.post(f"{PAGE}app/start/")
    assert browser.get(f"{PAGE}app/code.svg").headers["Content-Type"] == "image/svg+xml"
    assert other.get(f"{PAGE}app/code.svg").status_code == 404
    assert other.get(f"{PAGE}app/").status_code == 303
    assert new_browser().get(f"{PAGE}app/code.svg").status_code == 303


def test_wrong_first_code_sets_nothing_up(ada: Account, travel: StoppedClock) -> None:
    browser = signed_in(ada)
    browser.post(f"{PAGE}app/start/")
    assert "does not fit" in main_text(browser.post(f"{PAGE}app/", {"code": "000000"}))
    assert factors.of_account(ada) == []


def test_helper_sets_one_up_on_the_way_in(leia: Organisation, travel: StoppedClock) -> None:
    """SIG-07, SES-02: signed in only then, under another key, and asked for it from then on."""
    admin = make_account(leia, "admin", role=Role.ADMINISTRATOR)
    browser = new_browser()
    sign_in(browser, admin, query="?next=/leia/settings/details/")
    former = browser.cookies["session"].value
    assert browser.get(f"{PAGE}set-up/").status_code == 200
    assert not is_signed_in(browser, leia)
    answer = set_up_app(browser, travel)
    assert answer.headers["Location"].endswith("codes/?next=%2Fleia%2Fsettings%2Fdetails%2F")
    assert is_signed_in(browser, leia)
    thief = new_browser()
    thief.cookies["session"] = former
    assert not is_signed_in(thief, leia)
    assert sign_in(new_browser(), admin).headers["Location"] == STEP


@pytest.mark.parametrize(
    ("role", "why"),
    [(Role.ADMINISTRATOR, "other people’s data"), (Role.PUPIL, "your school wishes so")],
)
def test_page_on_the_way_in_says_why_it_is_asked(
    leia: Organisation, role: Account.Role, why: str
) -> None:
    """ERR-01: of a pupil it is asked for another reason than of a helper."""
    leia.second_factor = "everybody"
    leia.save()
    page = half_way(make_account(leia, "somebody", role=role)).get(f"{PAGE}set-up/")
    assert why in main_text(page)
    assert texts(page, "h3") == []


def test_who_waits_beside_the_owner_gets_no_second_factor(
    leia: Organisation, travel: StoppedClock
) -> None:
    """Two browsers know the password of a helper without a factor: the first one wins alone."""
    admin = make_account(leia, "admin", role=Role.ADMINISTRATOR)
    owner, thief = half_way(admin), half_way(admin)
    thief.post(f"{PAGE}app/start/")
    set_up_app(owner, travel)
    for path in ("set-up/", "app/", "app/code.svg", "codes/"):
        assert thief.get(f"{PAGE}{path}").status_code in {302, 303}
    assert thief.get(f"{PAGE}set-up/").headers["Location"] == STEP
    assert not is_signed_in(thief, leia)
    assert len(factors.of_account(admin)) == 1


def test_nobody_adds_or_removes_without_proving_who_they_are(
    ada: Account, travel: StoppedClock
) -> None:
    """PRO-01: an unlocked screen is not enough."""
    app = give_app(ada)
    browser = through(ada, app, travel)
    travel(minutes=11)
    for path, fields in (
        ("app/start/", {}),
        ("passkey/options/", {}),
        ("remove/", {"factor": f"app-{app.pk}", "sure": "yes"}),
        ("codes/", {}),
    ):
        answer = browser.post(f"{PAGE}{path}", fields)
        assert answer.headers["Location"].startswith(CONFIRM), path
    assert len(factors.of_account(ada)) == 1
    assert saved_codes.left(ada) == 0


@pytest.mark.parametrize("proof", ["password alone", "code alone", "both"])
def test_proof_is_everything_that_is_shown_at_sign_in(
    ada: Account, travel: StoppedClock, proof: str
) -> None:
    """PRO-01, SES-02: both factors, then the key changes."""
    app = give_app(ada)
    browser = through(ada, app, travel)
    travel(minutes=11)
    former = browser.cookies["session"].value
    code = code_of(app, travel)
    fields = {
        "password alone": {"password": PASSWORD, "code": "000000"},
        "code alone": {"password": "wrong", "code": code},
        "both": {"password": PASSWORD, "code": code},
    }[proof]
    answer = browser.post(f"{CONFIRM}?next={PAGE}", fields)
    assert (answer.status_code == 303) is (proof == "both")
    assert (browser.cookies["session"].value != former) is (proof == "both")
    started = browser.post(f"{PAGE}app/start/").headers["Location"]
    assert (started == f"{PAGE}app/") is (proof == "both")


def test_password_of_an_open_session_is_not_guessed_on_this_page_either(
    ada: Account, travel: StoppedClock
) -> None:
    """SIG-03, PRO-01: held back as beside a change, and the person is told until when."""
    browser = signed_in(ada)
    travel(minutes=11)
    for _ in range(6):
        said = alerts(browser.post(CONFIRM, {"password": "wrong"}))
        assert said == ["This is not your current password."]
    held = browser.post(CONFIRM, {"password": PASSWORD})
    assert alerts(held) == ["Too many attempts. Try again in 30 seconds."]
    travel(seconds=30)
    assert browser.post(CONFIRM, {"password": PASSWORD}).status_code == 303


def test_former_key_vouches_for_nothing(ada: Account, travel: StoppedClock) -> None:
    """SES-02: a stolen cookie is read for half a minute after the proof, and gains nothing."""
    browser = signed_in(ada)
    travel(minutes=11)
    thief = new_browser()
    thief.cookies["session"] = browser.cookies["session"].value
    browser.post(CONFIRM, {"password": PASSWORD})
    assert is_signed_in(thief, ada.organisation)
    assert thief.post(f"{PAGE}app/start/").headers["Location"].startswith(CONFIRM)
    assert browser.post(f"{PAGE}app/start/").headers["Location"] == f"{PAGE}app/"
    travel(seconds=31)
    assert not is_signed_in(thief, ada.organisation)
    assert is_signed_in(browser, ada.organisation)


def test_removing_asks_whether_it_is_sure(ada: Account, travel: StoppedClock) -> None:
    app = give_app(ada)
    browser = through(ada, app, travel)
    handle = {"factor": f"app-{app.pk}"}
    assert "Remove My phone" in main_text(browser.post(f"{PAGE}remove/", handle))
    assert factors.of_account(ada)
    assert browser.post(f"{PAGE}remove/", {**handle, "sure": "yes"}).status_code == 303
    assert factors.of_account(ada) == []
    assert is_signed_in(signed_in(ada), ada.organisation)


def test_address_of_a_protected_account_is_not_changed_by_the_password_alone(
    ada: Account, travel: StoppedClock
) -> None:
    """PRO-01, A7.5.1: whoever has the session and the password has not the second factor."""
    app = give_app(ada)
    browser = through(ada, app, travel)
    travel(minutes=11)
    details = "/leia/settings/details/"
    assert attributes(browser.get(details), "input[type=password]", "name") == []
    for path, field in ((details, "email"), ("/leia/settings/addresses/add/", "another_email")):
        fields = {field: "thief@example.com", "current_password": PASSWORD, "password": PASSWORD}
        assert browser.post(path, fields).status_code == 200
    assert not ada.addresses.filter(key="thief@example.com").exists()
    browser.post(CONFIRM, {"password": PASSWORD, "code": code_of(app, travel)})
    browser.post("/leia/settings/addresses/add/", {"another_email": "new@example.com"})
    assert ada.addresses.filter(key="new@example.com").exists()


def test_administrator_signs_everybody_out(leia: Organisation, travel: StoppedClock) -> None:
    """SES-06: everybody of this organisation but themselves, and nobody else may."""
    admin = make_account(leia, "admin", role=Role.ADMINISTRATOR)
    lou = make_account(leia, "lou", role=Role.PUPIL)
    pupil, browser = signed_in(lou), through(admin, give_app(admin), travel)
    page = "/leia/settings/everybody/"
    assert pupil.post(page).status_code == 403
    assert browser.get(page).status_code == 200
    assert is_signed_in(pupil, leia)
    travel(seconds=1)
    assert browser.post(page).status_code == 303
    assert [is_signed_in(one, leia) for one in (pupil, browser)] == [False, True]
    assert Event.objects.get(tag="organisation_signed_out").facts == {"sessions": 1}


def test_pages_of_the_second_step_are_kept_nowhere(ada: Account, travel: StoppedClock) -> None:
    """SES-12."""
    app = give_app(ada)
    browser = through(ada, app, travel)
    for answer in (browser.get(PAGE), browser.post(f"{PAGE}codes/"), half_way(ada).get(STEP)):
        assert re.search(r"\bno-store\b", answer.headers["Cache-Control"])


def test_saved_codes_of_another_session_end_it(ada: Account, travel: StoppedClock) -> None:
    """A7.4.3."""
    app = give_app(ada)
    browser, other = through(ada, app, travel), through(ada, app, travel)
    browser.post(f"{PAGE}codes/")
    assert [is_signed_in(one, ada.organisation) for one in (browser, other)] == [True, False]
    assert len(give_codes(ada)) == saved_codes.left(ada) == 10
