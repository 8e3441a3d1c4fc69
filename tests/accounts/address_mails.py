"""What a person, and a thief, do with the mails about addresses."""

from email.message import EmailMessage

from tests.conftest import Postman
from tests.factories import (
    ORIGIN,
    links_in,
)
from trousseau.accounts.models import Account
from trousseau.accounts.services import contact_addresses
from trousseau.organisations.models import Organisation

OLD, NEW = "ada@example.com", "ada@new.example"


def propose(account: Account, typed: str = NEW, *, replace_main: bool = True) -> None:
    contact_addresses.propose(account, typed, ORIGIN, replace_main=replace_main)


def secret_in(mail) -> str:
    (link,) = links_in(mail)
    return link.split("/")[-2]


def organisation_of(mail) -> Organisation:
    (link,) = links_in(mail)
    return Organisation.objects.get(slug=link.split("/")[1])


def confirm(mail) -> bool:
    found = contact_addresses.find_confirmation(organisation_of(mail), secret_in(mail))
    return bool(found and contact_addresses.confirm(*found, ORIGIN))


def object_to(mail) -> bool:
    found = contact_addresses.find_objection(organisation_of(mail), secret_in(mail))
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


def removed(account: Account, postman: Postman, address: str = OLD) -> EmailMessage:
    """Have an address removed, and return the mail that tells it."""
    (row,) = (one for one in contact_addresses.of_account(account) if str(one) == address)
    assert contact_addresses.remove(account, row.pk, ORIGIN)
    (notice,) = postman.collect()
    return notice
