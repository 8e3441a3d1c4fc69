"""A guardian's mailbox that is none any more recovers no child."""

from collections.abc import Callable

import pytest

from tests.conftest import Family, Postman
from tests.factories import ORIGIN, guard, links_in, make_account, make_organisation, new_browser
from trousseau.accounts.models import Account
from trousseau.accounts.services import contact_addresses

NEW = "marie@new.example"


def secret_of(postman: Postman) -> str:
    ((link,),) = (links_in(mail) for mail in postman.collect())
    return link.split("/")[-2]


def confirm_new(mother: Account, postman: Postman, *, replace_main: bool) -> None:
    contact_addresses.propose(mother, NEW, ORIGIN, replace_main=replace_main)
    found = contact_addresses.find_confirmation(mother.organisation, secret_of(postman))
    assert found
    assert contact_addresses.confirm(*found, ORIGIN)


def replace(mother: Account, postman: Postman) -> None:
    confirm_new(mother, postman, replace_main=True)


def add(mother: Account, postman: Postman) -> None:
    confirm_new(mother, postman, replace_main=False)


def remove(mother: Account, _: Postman) -> None:
    main = contact_addresses.main_address(mother)
    assert main
    assert contact_addresses.remove(mother, main.pk, ORIGIN)


def recovery_links(email: str, postman: Postman) -> list[str]:
    new_browser().post("/leia/recover/", {"email": email})
    (mail,) = postman.collect()
    return links_in(mail)


def statuses(links: list[str]) -> list[int]:
    return [new_browser().get(link).status_code for link in links]


@pytest.mark.parametrize(
    ("change", "left"), [(replace, [410] * 3), (remove, [410] * 3), (add, [410, 303, 303])]
)
def test_links_mailed_before_live_no_longer_than_the_address(
    family: Family, postman: Postman, change: Callable[[Account, Postman], None], left: list[int]
) -> None:
    """REC-09: the mother's own first, then the children's."""
    links = recovery_links(family.email, postman)
    assert statuses(links) == [303] * 3
    change(family.mother, postman)
    assert statuses(links) == left


def test_links_mailed_to_a_thief_die_with_the_objection(family: Family, postman: Postman) -> None:
    """REC-09, PRO-03."""
    replace(family.mother, postman)
    objection = contact_addresses.find_objection(family.mother.organisation, secret_of(postman))
    assert objection
    links = recovery_links(NEW, postman)
    assert contact_addresses.object_(objection, ORIGIN)
    assert statuses(links) == [410] * 3


def test_links_of_a_child_next_door_stay(family: Family, postman: Postman) -> None:
    """TEN-01."""
    other = make_account(make_organisation("bastia", "Bastia"), "zoe", email="zoe@example.com")
    guard(family.mother, other)
    new_browser().post("/bastia/recover/", {"email": "zoe@example.com"})
    (mail,) = postman.collect()
    remove(family.mother, postman)
    assert statuses(links_in(mail)) == [303]
