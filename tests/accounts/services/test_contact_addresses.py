"""Addresses: proposed, confirmed, replaced, removed."""

import socket

import pytest
from pytest_django import Settings

from tests.accounts.address_mails import (
    NEW,
    OLD,
    confirm,
    counting,
    propose,
    replaced,
    secret_in,
)
from tests.conftest import Postman, StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    links_in,
    make_account,
    text_of,
)
from trousseau import addresses, clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import contact_addresses, credentials, passwords, registration
from trousseau.accounts.services.contact_addresses import AddressRefusedError
from trousseau.organisations.models import Organisation
from trousseau.work.loop import run_due


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email=OLD, language="en")


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


def test_confirmation_is_no_objection_and_the_reverse(ada: Account, postman: Postman) -> None:
    """TOK-02."""
    propose(ada)
    (asked,) = postman.collect()
    assert contact_addresses.find_objection(ada.organisation, secret_in(asked)) is None
    assert confirm(asked)
    (notice,) = postman.collect()
    assert contact_addresses.find_confirmation(ada.organisation, secret_in(notice)) is None


def test_confirm_survives_a_change_of_password(ada: Account, postman: Postman) -> None:
    propose(ada)
    (mail,) = postman.collect()
    passwords.change(ada, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep="")
    assert confirm(mail)


def test_address_out_of_use_is_forgotten_when_nobody_can_object(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    """SEC-02: a week to object, after the two days that its notice may wait for a mail server."""
    replaced(ada, postman)
    travel(days=9, microseconds=-1)
    run_due()
    assert sorted(str(one) for one in ada.addresses.all()) == [OLD, NEW]
    travel(microseconds=1)
    run_due()
    assert [str(one) for one in ada.addresses.all()] == [NEW]


def test_address_waiting_anew_is_not_forgotten(
    ada: Account, postman: Postman, travel: StoppedClock
) -> None:
    replaced(ada, postman)
    propose(ada, OLD, replace_main=False)
    travel(days=9)
    run_due()
    assert sorted(str(one) for one in ada.addresses.all()) == [OLD, NEW]
