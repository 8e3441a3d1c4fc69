"""Addresses: proposed, confirmed, replaced, removed, objected to."""

import socket
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

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
from trousseau import addresses, clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import contact_addresses, credentials, passwords, registration
from trousseau.accounts.services.contact_addresses import AddressRefusedError
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.work.loop import run_due

OLD, NEW = "ada@example.com", "ada@new.example"
LENGTH_OF_ABOUT = 40


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email=OLD, language="en")


def propose(account: Account, typed: str = NEW, *, replace_main: bool = True) -> None:
    contact_addresses.propose(account, typed, ORIGIN, replace_main=replace_main)


def secret_in(mail) -> str:
    (link,) = links_in(mail)
    return link.split("/")[-2]


def confirm(mail) -> bool:
    found = contact_addresses.find_confirmation(secret_in(mail))
    return bool(found and contact_addresses.confirm(*found, ORIGIN))


def object_to(mail) -> bool:
    found = contact_addresses.find_objection(secret_in(mail))
    return bool(found and contact_addresses.object_(found, ORIGIN))


def counting(account: Account) -> list[str]:
    """Name the addresses that recover the account, the main one first."""
    return [str(one) for one in contact_addresses.of_account(account) if one.confirmed_at]


def replaced(account: Account, postman: Postman, new: str = NEW) -> list[EmailMessage]:
    """Have the main address replaced, and return the mails that tell the former ones."""
    propose(account, new)
    (asked,) = postman.collect()
    assert asked["To"] == new
    assert confirm(asked)
    return postman.collect()


def test_propose_counts_only_once_confirmed(ada: Account, postman: Postman) -> None:
    """PRO-02, REC-18."""
    propose(ada)
    (mail,) = postman.collect()
    assert mail["To"] == NEW
    assert counting(ada) == [OLD]
    assert [str(one) for one in contact_addresses.of_account(ada)] == [OLD, NEW]
    assert confirm(mail)
    assert counting(ada) == [NEW]
    assert not confirm(mail)


def test_propose_another_leaves_the_main_one(ada: Account, postman: Postman) -> None:
    """REC-18: at least two addresses are possible."""
    propose(ada, replace_main=False)
    (mail,) = postman.collect()
    assert confirm(mail)
    assert counting(ada) == [OLD, NEW]


def test_confirm_is_told_to_every_former_address(ada: Account, postman: Postman) -> None:
    """PRO-03."""
    registration.add_address(ada, "ada@work.example")
    mails = replaced(ada, postman)
    assert sorted(mail["To"] for mail in mails) == [OLD, "ada@work.example"]
    for mail in mails:
        assert f"A new e-mail address now serves this account: {NEW}." in text_of(mail)
        assert len(links_in(mail)) == 1


def test_confirm_kills_links_mailed_before(ada: Account, postman: Postman) -> None:
    """REC-09."""
    link = credentials.issue(
        Credential.Kind.RECOVERY, ada, contact_addresses.CONFIRMATION_LIFETIME
    ).credential
    replaced(ada, postman)
    link.refresh_from_db()
    assert link.state_at(clock.now()) == Credential.State.SUPERSEDED


def test_confirm_after_a_day_is_too_late(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """PRO-02, TOK-05."""
    propose(ada)
    (mail,) = postman.collect()
    travel(hours=24)
    assert not confirm(mail)
    assert counting(ada) == [OLD]


def test_propose_again_kills_the_link_before(ada: Account, postman: Postman) -> None:
    """REC-09."""
    propose(ada)
    (first,) = postman.collect()
    propose(ada)
    (second,) = postman.collect()
    assert [confirm(first), confirm(second)] == [False, True]
    assert counting(ada) == [NEW]


def test_propose_wrong_first_then_right_leaves_the_right_one_to_replace(
    ada: Account, postman: Postman
) -> None:
    propose(ada, "ada@misspelt.example")
    postman.collect()
    replaced(ada, postman)
    assert counting(ada) == [NEW]


@pytest.mark.parametrize("typed", [OLD, OLD.upper(), "Ada@EXAMPLE.com", f" {OLD} "])
def test_propose_address_known_already_is_refused(ada: Account, typed: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        propose(ada, typed)
    assert refused.value.reason == "known"
    assert counting(ada) == [OLD]


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "@example.com", "a@b", "a b@example.com", "a\r\nBcc: b@c.example"]
)
def test_propose_what_is_no_address_is_refused(ada: Account, typed: str) -> None:
    """VAL-07."""
    with pytest.raises(addresses.InvalidAddressError):
        propose(ada, typed)


def test_propose_resembling_address_is_another_one(ada: Account) -> None:
    """REC-19: a dotless ı is nobody's i."""
    registration.add_address(ada, "mike@example.com")
    propose(ada, "mıke@example.com", replace_main=False)
    assert counting(ada) == [OLD, "mike@example.com"]


def test_propose_more_than_five_addresses_is_refused(ada: Account) -> None:
    for number in range(4):
        registration.add_address(ada, f"ada{number}@example.com")
    with pytest.raises(AddressRefusedError) as refused:
        propose(ada, replace_main=False)
    assert refused.value.reason == "too_many"


def test_propose_more_than_five_times_a_day_is_refused(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """REC-03: nobody pesters strangers through us."""
    for _ in range(5):
        propose(ada)
        assert len(postman.collect()) == 1
    with pytest.raises(AddressRefusedError) as refused:
        propose(ada)
    assert refused.value.reason == "too_often"
    travel(days=1)
    propose(ada)
    assert len(postman.collect()) == 1


def test_propose_attempts_to_deliver_the_mail_do_not_count(
    ada: Account, travel: StoppedClock, settings: Settings
) -> None:
    """REC-03: a mail server that is down takes nobody's proposals away."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.MAIL_URL = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
    propose(ada)
    for _ in range(6):
        run_due()
        travel(hours=1)
    assert ada.credentials.count() == 6
    for _ in range(4):
        propose(ada)
    with pytest.raises(AddressRefusedError):
        propose(ada)


def test_remove_is_told_to_the_address_itself_and_another_becomes_main(
    ada: Account, postman: Postman
) -> None:
    """PRO-03."""
    registration.add_address(ada, "ada@work.example")
    main = contact_addresses.main_address(ada)
    assert main
    assert contact_addresses.remove(ada, main.pk, ORIGIN)
    assert counting(ada) == ["ada@work.example"]
    assert str(contact_addresses.main_address(ada)) == "ada@work.example"
    (mail,) = postman.collect()
    assert mail["To"] == OLD
    assert not contact_addresses.remove(ada, main.pk, ORIGIN)


def test_remove_address_of_somebody_else_is_refused(ada: Account) -> None:
    """TEN-01."""
    leo = make_account(ada.organisation, "leo", email="leo@example.com")
    (address,) = contact_addresses.of_account(leo)
    assert not contact_addresses.remove(ada, address.pk, ORIGIN)
    assert counting(leo) == ["leo@example.com"]


def test_remove_unconfirmed_address_kills_its_link(ada: Account, postman: Postman) -> None:
    propose(ada, replace_main=False)
    (mail,) = postman.collect()
    (_, waiting) = contact_addresses.of_account(ada)
    assert contact_addresses.remove(ada, waiting.pk, ORIGIN)
    assert not confirm(mail)
    assert [str(one) for one in contact_addresses.of_account(ada)] == [OLD]


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


def removed(account: Account, postman: Postman, address: str = OLD) -> EmailMessage:
    """Have an address removed, and return the mail that tells it."""
    (row,) = (one for one in contact_addresses.of_account(account) if str(one) == address)
    assert contact_addresses.remove(account, row.pk, ORIGIN)
    (notice,) = postman.collect()
    return notice


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
    found = contact_addresses.find_objection(secret_in(notice))
    assert found
    ada.addresses.filter(address=OLD).delete()
    assert not contact_addresses.object_(found, ORIGIN)
    assert contact_addresses.find_objection(secret_in(notice)) is None
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


def test_confirmation_is_no_objection_and_the_reverse(ada: Account, postman: Postman) -> None:
    """TOK-02."""
    propose(ada)
    (asked,) = postman.collect()
    assert contact_addresses.find_objection(secret_in(asked)) is None
    assert confirm(asked)
    (notice,) = postman.collect()
    assert contact_addresses.find_confirmation(secret_in(notice)) is None


def test_confirm_survives_a_change_of_password(ada: Account, postman: Postman) -> None:
    propose(ada)
    (mail,) = postman.collect()
    passwords.change(ada, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep="")
    assert confirm(mail)
