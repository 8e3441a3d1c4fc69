"""Small versions of the simulations whose figures are in docs/security/attacks.md."""

from datetime import UTC, datetime

import pytest

from bench.inside import attacks
from bench.inside.attacks import Person
from tests.factories import make_organisation
from trousseau.organisations.models import Organisation

START = datetime(2026, 9, 1, 6, 0, 5, tzinfo=UTC)


def waited(people: list[Person]) -> int:
    return sum(one.held for one in people)


def test_school_behind_one_address_is_not_slowed(leia: Organisation) -> None:
    """SIG-05: two pupils a second from one address, one in seven of their passwords mistyped."""
    with attacks.world(START) as here:
        pupils = attacks.morning(here, leia, 120, 60)
    assert all(one.entered for one in pupils)
    assert waited(pupils) == 0


@pytest.mark.parametrize(("seconds", "reached"), [(3600, 12), (7 * 86_400, 101)])
def test_botnet_at_one_account_is_stopped_and_its_owner_is_not(
    leia: Organisation, seconds: int, reached: int
) -> None:
    """SIG-03, SIG-04: as many guesses as the schedule admits, from however many networks."""
    with attacks.world(START) as here:
        tally, owner = attacks.one_account(
            here, leia, guesses=2000, addresses=50, seconds=seconds, visits=20
        )
    assert tally.guesses == 2000
    assert tally.hashed <= reached
    assert all(one.entered for one in owner)
    assert waited(owner) == 0


@pytest.mark.parametrize("organisations", [1, 10])
def test_spraying_is_stopped_and_people_are_not(leia: Organisation, organisations: int) -> None:
    """SIG-05: one guess at each account, which no account notices."""
    others = [make_organisation(f"school-{n}", "School") for n in range(organisations - 1)]
    with attacks.world(START) as here:
        tally, groups = attacks.spraying(
            here, [leia, *others], guesses=5000, addresses=1000, seconds=600, each=10
        )
    alarm, budget = (300, 100) if organisations == 1 else (1000, 200)
    assert tally.guesses == 5000
    # The attack may see two of the hours and two of the ten minutes that are counted.
    assert tally.hashed <= 2 * (alarm + budget) + 30
    for name, people in groups.items():
        assert all(one.entered for one in people), name
    assert waited(groups["on a trusted device"]) == 0
    assert waited(groups["new browser, known network"]) == 0
