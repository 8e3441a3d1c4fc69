"""Two helpers take lost factors off together: never one, and never for somebody who may do more."""

import pytest
from django.test import Client

from tests.conftest import StoppedClock
from tests.factories import (
    ORIGIN,
    is_signed_in,
    make_account,
    make_organisation,
    signed_in,
)
from tests.markup import main_text
from tests.second_factors import STEP, give_app, give_codes, half_way, through
from trousseau.accounts.models import Account, CodeApp, FactorReset, SchoolPlace
from trousseau.accounts.services import factors, lost_factors, saved_codes, standing
from trousseau.audit.models import Event
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation

PAGE = "/leia/helpdesk/lost-factors/"
Role = Account.Role


@pytest.fixture
def ada(leia: Organisation) -> Account:
    ada = make_account(leia, "ada", role=Role.TEACHER, email="ada@example.com")
    give_app(ada)
    return ada


def administrator(organisation: Organisation, name: str) -> tuple[Account, CodeApp]:
    account = make_account(organisation, name, role=Role.ADMINISTRATOR)
    return account, give_app(account)


def start(browser: Client, person: Account, proof: str = "face"):
    return browser.post(PAGE, {"username": person.username, "proof": proof})


def end(browser: Client, **fields: str):
    reset = FactorReset.objects.get()
    return browser.post(f"{PAGE}end/", {"reset": reset.public_id, **fields}, follow=True)


def test_two_helpers_take_it_off_and_the_person_is_told_of_both(
    leia: Organisation, ada: Account, travel: StoppedClock
) -> None:
    """REC-17, A6.4.4, REC-14."""
    codes = give_codes(ada)
    Message.objects.all().delete()
    first = through(*administrator(leia, "first"), travel)
    second = through(*administrator(leia, "second"), travel)
    Message.objects.exclude(recipient="ada@example.com").delete()
    assert start(first, ada).status_code == 303
    assert factors.of_account(ada)
    assert "Done: the second step is taken off." in main_text(end(second, agree="yes"))
    assert factors.of_account(ada) == []
    assert not saved_codes.accept(ada, codes[0])
    assert [one.about.split(":")[1] for one in Message.objects.order_by("pk")] == [
        "lost-asked",
        "lost",
    ]
    tags = Event.objects.filter(tag__contains="reset").order_by("pk").values_list("actor", "tag")
    assert [tag for _, tag in tags] == [
        "authn_factors_reset_started",
        "authn_factors_reset_confirmed",
    ]
    assert len({actor for actor, _ in tags}) == 2
    assert is_signed_in(signed_in(ada), leia)


def test_one_helper_alone_does_not(leia: Organisation, ada: Account, travel: StoppedClock) -> None:
    """Four eyes: not from a second session of the same helper either."""
    admin, app = administrator(leia, "first")
    start(through(admin, app, travel), ada)
    again = through(admin, app, travel)
    assert "Another person" in main_text(end(again, agree="yes"))
    assert factors.of_account(ada)


@pytest.mark.parametrize("who", ["pupil", "stranger", "unverified", "stale"])
def test_page_is_for_helpers_who_showed_a_factor_just_now(
    leia: Organisation, ada: Account, travel: StoppedClock, who: str
) -> None:
    """PRO-01, SIG-07."""
    if who == "pupil":
        lou = make_account(leia, "lou", role=Role.PUPIL)
        answer = start(through(lou, give_app(lou), travel), ada)
    elif who == "stranger":
        answer = start(Client(headers={"host": "127.0.0.1:8000"}), ada)
    elif who == "unverified":
        leia.second_factor = "optional"
        leia.save()
        answer = start(signed_in(make_account(leia, "admin", role=Role.ADMINISTRATOR)), ada)
    else:
        browser = through(*administrator(leia, "first"), travel)
        travel(minutes=11)
        answer = start(browser, ada)
    assert answer.status_code in {302, 303, 403}
    assert not FactorReset.objects.exists()


def test_whom_a_helper_may_help(leia: Organisation, ada: Account) -> None:
    """TEN-01: nobody next door, nobody who may do more, and never oneself."""
    admin, _ = administrator(leia, "admin")
    other, _ = administrator(leia, "other")
    school = leia.schools.create(name="Cervione")
    referent = make_account(leia, "referent", role=Role.STAFF)
    SchoolPlace.objects.create(account=referent, school=school, referent=True)
    for person in (ada, admin):
        SchoolPlace.objects.create(account=person, school=school)
    neighbour = make_account(make_organisation("bastia", "Bastia"), "ada", role=Role.ADMINISTRATOR)
    operator = make_account(leia, "operator", is_operator=True)
    may = lost_factors.may_help
    assert may(admin, ada)
    assert may(admin, other)
    assert may(referent, ada)
    assert not may(referent, admin)
    assert not may(admin, admin)
    assert not may(admin, operator)
    assert not may(admin, neighbour)
    assert not may(neighbour, ada)
    assert not may(ada, referent)
    standing.suspend(admin, ORIGIN)
    assert not may(admin, ada)


def test_unknown_and_forbidden_usernames_answer_alike(
    leia: Organisation, ada: Account, travel: StoppedClock
) -> None:
    browser = through(*administrator(leia, "first"), travel)
    operator = make_account(leia, "operator", is_operator=True)
    texts = {
        main_text(browser.post(PAGE, {"username": name, "proof": "face"})).replace(name, "")
        for name in ("xyzzy", operator.username)
    }
    assert len(texts) == 1
    assert browser.post(PAGE, {"username": "ada", "proof": "mail"}).status_code == 200
    assert not FactorReset.objects.exists()


def test_person_who_signs_in_with_a_factor_stops_it(
    leia: Organisation, ada: Account, travel: StoppedClock
) -> None:
    """Somebody in the person's name has talked a helper into it: the person undoes it."""
    first = through(*administrator(leia, "first"), travel)
    second = through(*administrator(leia, "second"), travel)
    start(first, ada)
    through(ada, CodeApp.objects.get(user=ada), travel)
    assert FactorReset.objects.get().ended_at
    assert "over already" in main_text(end(second, agree="yes"))
    assert factors.of_account(ada)


def test_it_is_over_after_two_days_or_withdrawn(
    leia: Organisation, ada: Account, travel: StoppedClock
) -> None:
    first, _ = administrator(leia, "first")
    second, _ = administrator(leia, "second")
    reset = lost_factors.start(first, ada, "called", ORIGIN)
    with pytest.raises(lost_factors.NothingToDoError):
        lost_factors.start(second, ada, "face", ORIGIN)
    travel(days=2)
    with pytest.raises(lost_factors.NothingToDoError):
        lost_factors.confirm(reset, second, ORIGIN)
    again = lost_factors.start(first, ada, "called", ORIGIN)
    lost_factors.withdraw(again, first, ORIGIN)
    with pytest.raises(lost_factors.NothingToDoError):
        lost_factors.confirm(again, second, ORIGIN)
    assert factors.of_account(ada)


def test_first_helper_who_is_none_any_more_counts_no_more(leia: Organisation, ada: Account) -> None:
    first, _ = administrator(leia, "first")
    second, _ = administrator(leia, "second")
    reset = lost_factors.start(first, ada, "face", ORIGIN)
    standing.suspend(first, ORIGIN)
    reset.refresh_from_db()
    with pytest.raises(lost_factors.NotAllowedError):
        lost_factors.confirm(reset, second, ORIGIN)


def test_helper_whose_factors_were_taken_off_must_set_one_up(leia: Organisation) -> None:
    """The password alone opens nothing but the way to a new factor."""
    admin, _ = administrator(leia, "admin")
    factors.forget_all(admin, ORIGIN)
    browser = half_way(admin)
    assert not is_signed_in(browser, leia)
    assert browser.get(STEP).headers["Location"].endswith("/set-up/")
