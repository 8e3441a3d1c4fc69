"""Choosing a password, and all that goes with it."""

import pytest

from tests.conftest import Family, Postman
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    guard,
    is_signed_in,
    make_account,
    sign_in,
    signed_in,
    text_of,
)
from trousseau import clock
from trousseau.accounts.models import Account, Credential, Session
from trousseau.accounts.services import contact_addresses, credentials, passwords, registration
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

LIFETIME = contact_addresses.CONFIRMATION_LIFETIME
Role = Account.Role


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com", language="en")


def change(account: Account, keep: str = "") -> None:
    passwords.change(account, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep=keep)


def test_change_opens_with_the_new_password_alone(ada: Account) -> None:
    change(ada)
    assert [is_opened_by(ada, word) for word in (PASSWORD, ANOTHER_PASSWORD)] == [False, True]


def is_opened_by(account: Account, password: str) -> bool:
    try:
        passwords.confirm(account, password, ORIGIN)
    except passwords.WrongPasswordError:
        return False
    return True


@pytest.mark.parametrize("current", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} ", PASSWORD[:-1]])
def test_change_without_the_current_password_is_refused(ada: Account, current: str) -> None:
    """PWD-12."""
    with pytest.raises(passwords.WrongPasswordError):
        passwords.change(ada, current, ANOTHER_PASSWORD, ORIGIN, keep="")
    ada.refresh_from_db()
    assert is_opened_by(ada, PASSWORD)
    refused = Event.objects.filter(tag="authn_password_change_fail")
    assert [(event.outcome, event.subject) for event in refused] == [("refused", ada.public_id)]


def test_change_without_a_local_password_is_refused(leia: Organisation) -> None:
    """SIG-08: an account of the CAS server gets no second way in."""
    ange = make_account(leia, "ange", local_sign_in=False)
    with pytest.raises(passwords.WrongPasswordError):
        change(ange)


def test_change_refused_for_its_weakness_changes_nothing(ada: Account) -> None:
    """PWD-08: with the reason."""
    browser = signed_in(ada)
    with pytest.raises(passwords.PasswordRefusedError) as refused:
        passwords.change(ada, PASSWORD, "short", ORIGIN, keep="")
    assert refused.value.verdict.reason == "too_short"
    ada.refresh_from_db()
    assert is_opened_by(ada, PASSWORD)
    assert is_signed_in(browser, ada.organisation)


def test_change_loses_against_an_end_put_to_the_current_password(ada: Account) -> None:
    """PRO-03: a thief's change under way does not survive the owner's objection."""
    under_way = Account.objects.get(pk=ada.pk)
    passwords.withdraw(ada, ORIGIN)
    with pytest.raises(passwords.WrongPasswordError):
        change(under_way)
    ada.refresh_from_db()
    assert not ada.has_usable_password()


def test_change_ends_every_session_but_the_one_kept(ada: Account) -> None:
    """REC-16."""
    here, there = signed_in(ada), signed_in(ada)
    kept = Session.objects.order_by("created_at").first()
    assert kept
    change(ada, keep=kept.digest)
    assert [session.digest for session in Session.objects.all()] == [kept.digest]
    assert not is_signed_in(there, ada.organisation)
    # The service keeps the row; the page binds it to the new password (tests/accounts/views).
    assert not is_signed_in(here, ada.organisation)


def test_change_leaves_other_peoples_sessions_and_links(family: Family) -> None:
    """TEN-01."""
    browser = signed_in(family.leo)
    link = credentials.issue(Credential.Kind.RECOVERY, family.leo, LIFETIME).credential
    change(family.mother)
    assert is_signed_in(browser, family.leo.organisation)
    link.refresh_from_db()
    assert link.state_at(clock.now()) == Credential.State.LIVE


def test_change_kills_mailed_links_but_not_those_about_addresses(ada: Account) -> None:
    """REC-09."""
    states = {}
    for kind in Credential.Kind:
        states[kind] = credentials.issue(kind, ada, LIFETIME).credential
    change(ada)
    for credential in states.values():
        credential.refresh_from_db()
    assert {kind: one.state_at(clock.now()) for kind, one in states.items()} == {
        Credential.Kind.RECOVERY: Credential.State.SUPERSEDED,
        Credential.Kind.CONFIRMATION: Credential.State.LIVE,
        Credential.Kind.OBJECTION: Credential.State.LIVE,
        Credential.Kind.SAVED_CODE: Credential.State.LIVE,
    }


def test_change_is_told_to_every_confirmed_address(ada: Account, postman: Postman) -> None:
    """REC-14: with what to do if it was not you."""
    registration.add_address(ada, "ada@work.example")
    contact_addresses.propose(ada, "new@example.com", ORIGIN, replace_main=False)
    postman.collect()
    change(ada)
    mails = postman.collect()
    assert sorted(mail["To"] for mail in mails) == ["ada@example.com", "ada@work.example"]
    for mail in mails:
        text = text_of(mail)
        assert "Username: ada" in text
        assert "http://127.0.0.1:8000/leia/recover/" in text
        assert ANOTHER_PASSWORD not in mail.as_string()


def test_change_is_written_into_the_trail_without_a_secret(ada: Account) -> None:
    """LOG-01, LOG-02."""
    change(ada)
    event = Event.objects.get(tag="authn_password_change")
    assert (event.subject, event.organisation, event.address) == (
        ada.public_id,
        "leia",
        ORIGIN.address,
    )
    assert ANOTHER_PASSWORD not in str(vars(event))
    assert ada.password not in str(vars(event))


@pytest.mark.parametrize("state", [Account.State.INACTIVE, Account.State.SUSPENDED])
def test_store_never_activates_an_account(leia: Organisation, state: Account.State) -> None:
    account = make_account(leia, "ada", state=state)
    passwords.store(account, passwords.prepare(account, ANOTHER_PASSWORD), ORIGIN)
    account.refresh_from_db()
    assert account.state == state


@pytest.mark.parametrize(
    ("role", "least"),
    [(Role.PUPIL, 8), (Role.GUARDIAN, 12), (Role.TEACHER, 12), (Role.ADMINISTRATOR, 15)],
)
def test_minimum_follows_what_the_person_may_do(
    leia: Organisation, role: Account.Role, least: int
) -> None:
    """PWD-01."""
    assert passwords.minimum(make_account(leia, "ada", role=role)) == least


def test_minimum_of_who_helps_others_is_longer(leia: Organisation) -> None:
    """PWD-01: a referent of a school, a teacher in charge of a class."""
    school = leia.schools.create(name="Collège")
    school_class = school.classes.create(name="6e A")
    referent = make_account(leia, "referent", role=Role.STAFF)
    teacher = make_account(leia, "teacher", role=Role.TEACHER)
    referent.schoolplace_set.create(school=school, referent=True)
    teacher.classplace_set.create(school_class=school_class, in_charge=True)
    assert [passwords.minimum(one) for one in (referent, teacher)] == [15, 15]


def test_minimum_may_be_raised_by_the_organisation(leia: Organisation) -> None:
    """PWD-01."""
    leia.minimum_lengths = {"pupil": 10, "adult": 9}
    leia.save()
    pupil = make_account(leia, "leo", role=Role.PUPIL)
    guardian = make_account(leia, "ada")
    guard(guardian, pupil)
    assert [passwords.minimum(one) for one in (pupil, guardian)] == [10, 12]


def test_judge_knows_what_concerns_the_person(leia: Organisation) -> None:
    """PWD-07: name, username, address, school, town, platform."""
    leia.place = "Cervione"
    leia.save()
    account = make_account(leia, "zaira", name=("Zaïra", "Quilichini"), email="zq@zigzag.example")
    account.schools.add(leia.schools.create(name="Collège Pescetti", place="Bastelica"))
    for word in ("zaira", "quilichini", "zigzag", "cervione", "pescetti", "bastelica", "trousseau"):
        verdict = passwords.judge(account, f"{word}{word[::-1]}1"[: len(word) + 1].ljust(12, "1"))
        assert not verdict.accepted, word
    assert passwords.judge(account, ANOTHER_PASSWORD).accepted


def test_sign_in_after_change_by_form_works(ada: Account) -> None:
    change(ada)
    browser = signed_in(ada, ANOTHER_PASSWORD)
    assert is_signed_in(browser, ada.organisation)
    assert sign_in(browser, ada, PASSWORD).status_code == 200
