"""Objections: the owner of an address undoes what a thief did, whatever the thief did."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.address_mails import (
    NEW,
    OLD,
    confirm,
    counting,
    object_to,
    propose,
    removed,
    replaced,
    secret_in,
)
from tests.conftest import Postman, StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    is_signed_in,
    links_in,
    make_account,
    new_browser,
    sign_in,
    signed_in,
    text_of,
)
from trousseau import clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import contact_addresses, credentials, passwords, registration
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

LENGTH_OF_ABOUT = 40


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email=OLD, language="en")


def test_object_puts_the_former_address_back_and_ends_every_session(
    ada: Account, postman: Postman
) -> None:
    """PRO-03: the thief is out, the owner can recover."""
    thief = signed_in(ada)
    (notice,) = replaced(ada, postman)
    link = credentials.issue(
        Credential.Kind.RECOVERY, ada, contact_addresses.CONFIRMATION_LIFETIME
    ).credential
    assert object_to(notice)
    assert counting(ada) == [OLD]
    assert str(contact_addresses.main_address(ada)) == OLD
    assert not is_signed_in(thief, ada.organisation)
    link.refresh_from_db()
    assert link.state_at(clock.now()) == Credential.State.SUPERSEDED
    assert not object_to(notice)


def test_object_to_a_removal_puts_the_address_back(ada: Account, postman: Postman) -> None:
    """PRO-03."""
    main = contact_addresses.main_address(ada)
    assert main
    contact_addresses.remove(ada, main.pk, ORIGIN)
    (notice,) = postman.collect()
    assert object_to(notice)
    assert counting(ada) == [OLD]
    assert str(contact_addresses.main_address(ada)) == OLD


def test_object_within_a_week_and_no_longer(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """PRO-02."""
    (notice,) = replaced(ada, postman)
    travel(days=7)
    assert not object_to(notice)
    assert counting(ada) == [NEW]


def test_object_undoes_what_was_added_after_as_well(ada: Account, postman: Postman) -> None:
    """PRO-03: a thief who changes the address twice does not stay."""
    (notice,) = replaced(ada, postman)
    replaced(ada, postman, "thief@example.net")
    assert counting(ada) == ["thief@example.net"]
    assert object_to(notice)
    assert counting(ada) == [OLD]


@pytest.mark.parametrize("then_removed", [False, True])
def test_object_still_works_after_the_former_address_was_proposed_again(
    ada: Account, postman: Postman, *, then_removed: bool
) -> None:
    """PRO-03: a thief cannot take the owner's recourse away."""
    (notice,) = replaced(ada, postman)
    propose(ada, OLD, replace_main=False)
    postman.collect()
    if then_removed:
        (again,) = (one for one in contact_addresses.of_account(ada) if str(one) == OLD)
        contact_addresses.remove(ada, again.pk, ORIGIN)
    assert object_to(notice)
    assert counting(ada) == [OLD]


def test_object_makes_the_objector_the_main_address(ada: Account, postman: Postman) -> None:
    """PRO-03: also where another one stayed."""
    registration.add_address(ada, "ada@work.example")
    (_, at_work) = replaced(ada, postman)
    assert at_work["To"] == "ada@work.example"
    assert object_to(at_work)
    assert counting(ada) == ["ada@work.example"]


def test_address_removed_just_before_is_told_of_the_next_one(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """PRO-03: removing the owner's address first does not keep the owner in the dark."""
    removed(ada, postman)
    travel(days=7, microseconds=-1)
    (notice,) = replaced(ada, postman)
    assert notice["To"] == OLD
    assert object_to(notice)
    assert counting(ada) == [OLD]


def test_address_removed_just_before_is_told_though_it_was_proposed_anew(
    ada: Account, postman: Postman
) -> None:
    """PRO-03."""
    removed(ada, postman)
    propose(ada, OLD)
    postman.collect()
    assert [mail["To"] for mail in replaced(ada, postman)] == [OLD]


@pytest.mark.parametrize("proposed_anew", [False, True])
def test_address_removed_long_ago_is_told_nothing(
    ada: Account, postman: Postman, travel: StoppedClock, *, proposed_anew: bool
) -> None:
    """SEC-02: by now the mailbox may be somebody else's."""
    removed(ada, postman)
    travel(days=7)
    if proposed_anew:
        propose(ada, OLD)
        postman.collect()
    assert replaced(ada, postman) == []


def test_object_takes_the_thief_s_objections_away(ada: Account, postman: Postman) -> None:
    """PRO-03: the objection to the earlier change prevails, whoever objects first or last."""
    (to_owner,) = replaced(ada, postman)
    (to_thief,) = replaced(ada, postman, OLD)
    assert to_thief["To"] == NEW
    assert object_to(to_owner)
    assert counting(ada) == [OLD]
    assert not object_to(to_thief)
    assert counting(ada) == [OLD]


def test_object_still_works_after_an_objection_of_the_thief_s(
    ada: Account, postman: Postman
) -> None:
    """PRO-03: also where the owner's address was confirmed anew, and removed, meanwhile."""
    (to_owner,) = replaced(ada, postman)
    propose(ada, OLD, replace_main=False)
    (asked,) = postman.collect()
    assert confirm(asked)
    (to_thief,) = postman.collect()
    assert to_thief["To"] == NEW
    removed(ada, postman)
    assert object_to(to_thief)
    assert counting(ada) == [NEW]
    assert object_to(to_owner)
    assert counting(ada) == [OLD]
    (thief,) = ada.addresses.filter(address=NEW)
    assert thief.retired_at
    assert not thief.has_counted


def test_object_ends_the_rights_of_what_the_thief_removed_already(
    ada: Account, postman: Postman
) -> None:
    """PRO-03: an address out of use does not come back by objecting to its own removal."""
    (to_owner,) = replaced(ada, postman)
    to_thief = removed(ada, postman, NEW)
    assert object_to(to_owner)
    assert not object_to(to_thief)
    assert counting(ada) == [OLD]


def test_object_before_the_thief_s_notice_left_has_it_left_unsent(
    ada: Account, postman: Postman
) -> None:
    (to_owner,) = replaced(ada, postman)
    (row,) = contact_addresses.of_account(ada)
    contact_addresses.remove(ada, row.pk, ORIGIN)
    assert object_to(to_owner)
    assert [mail["To"] for mail in postman.collect() if mail["To"] == NEW] == []


def test_object_by_an_address_that_is_gone_is_too_late(ada: Account, postman: Postman) -> None:
    """PRO-03: nobody is told that something is undone when nothing is."""
    (notice,) = replaced(ada, postman)
    found = contact_addresses.find_objection(ada.organisation, secret_in(notice))
    assert found
    ada.addresses.filter(address=OLD).delete()
    assert not contact_addresses.object_(found, ORIGIN)
    assert contact_addresses.find_objection(ada.organisation, secret_in(notice)) is None
    assert counting(ada) == [NEW]
    found.refresh_from_db()
    assert found.used_at is None


@pytest.mark.parametrize("first", ["added", "removed"])
def test_object_undoes_whatever_came_since_in_whatever_order(
    ada: Account, postman: Postman, first: str
) -> None:
    """PRO-03: also what was added after a removal."""
    if first == "removed":
        notice = removed(ada, postman)
        replaced(ada, postman)
    else:
        (notice,) = replaced(ada, postman)
    replaced(ada, postman, "thief@example.net")
    assert object_to(notice)
    assert counting(ada) == [OLD]
    assert {str(one): one.retired_at is not None for one in ada.addresses.all()} == {
        OLD: False,
        NEW: True,
        "thief@example.net": True,
    }


def test_object_leaves_recovery_by_mail_the_only_way_in(ada: Account, postman: Postman) -> None:
    """PRO-03, PWD-09: whoever made the change knew the password."""
    (notice,) = replaced(ada, postman)
    propose(ada, "ada@work.example", replace_main=False)
    (waiting,) = postman.collect()
    assert object_to(notice)
    assert sign_in(new_browser(), ada).status_code == 200
    assert not confirm(waiting)
    assert Event.objects.get(tag="authn_password_withdrawn").subject == ada.public_id
    postman.collect()
    new_browser().post("/leia/recover/", {"email": OLD})
    (mail,) = postman.collect()
    (link,) = links_in(mail)
    browser = new_browser()
    fields = dict.fromkeys(("new_password", "new_password_again"), ANOTHER_PASSWORD)
    assert browser.post(browser.get(link)["Location"], fields).status_code == 303
    assert is_signed_in(signed_in(ada, ANOTHER_PASSWORD), ada.organisation)


def test_object_is_told_to_every_address_that_counts_or_did(ada: Account, postman: Postman) -> None:
    """PRO-03: should it be a thief who objects, the owner learns that the password is dead."""
    registration.add_address(ada, "ada@work.example")
    notice, _ = replaced(ada, postman)
    passwords.change(ada, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep="")
    assert object_to(notice)
    mails = postman.collect()
    assert sorted(mail["To"] for mail in mails) == [OLD, NEW, "ada@work.example"]
    for mail in mails:
        assert mail["Subject"] == "LEIA: a new password is needed"
        assert "http://127.0.0.1:8000/leia/recover/" in text_of(mail)
        assert links_in(mail) == []


@given(
    changed=st.integers(1, 10**12 - 1),
    told=st.integers(1, 10**12 - 1),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis adds the zone
)
def test_change_written_is_read_again(changed: int, told: int, at: datetime) -> None:
    change = contact_addresses.Change(changed, told, at)
    assert contact_addresses.Change.read(change.written()) == change
    assert len(change.written()) <= LENGTH_OF_ABOUT


def test_going_back_to_a_former_address_is_possible(ada: Account, postman: Postman) -> None:
    (notice,) = replaced(ada, postman)
    replaced(ada, postman, OLD)
    assert counting(ada) == [OLD]
    assert object_to(notice)
    assert counting(ada) == [OLD]
