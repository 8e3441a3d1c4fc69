"""How long a session lasts goes by who it is of, and what ends it ends it on the server."""

import pytest

from tests.conftest import StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    is_signed_in,
    make_account,
    new_browser,
    sign_in,
    signed_in,
)
from tests.second_factors import give_app, through
from trousseau.accounts.models import Account
from trousseau.accounts.services import passwords, standing
from trousseau.organisations.models import Organisation

Role = Account.Role


@pytest.mark.parametrize(
    ("role", "idle", "longest"),
    [
        (Role.PUPIL, 60, 10 * 60),
        (Role.GUARDIAN, 2 * 60, 12 * 60),
        (Role.TEACHER, 2 * 60, 12 * 60),
        (Role.ADMINISTRATOR, 30, 10 * 60),
    ],
)
def test_session_lasts_as_the_role_says(
    leia: Organisation, travel: StoppedClock, role: Account.Role, idle: int, longest: int
) -> None:
    """SES-04."""
    leia.second_factor = "optional"
    leia.save()
    account = make_account(leia, "somebody", role=role)
    left_alone, used = signed_in(account), signed_in(account)
    visits, rest = divmod(longest - 1, idle - 10)
    for _ in range(visits):
        travel(minutes=idle - 10)
        assert is_signed_in(used, leia)
    assert not is_signed_in(left_alone, leia)
    travel(minutes=rest + 1)
    assert not is_signed_in(used, leia)


def test_session_of_an_operator_is_the_shortest(leia: Organisation, travel: StoppedClock) -> None:
    """SES-04."""
    operator = make_account(leia, "operator", is_operator=True)
    browser = through(operator, give_app(operator), travel)
    travel(minutes=14)
    assert is_signed_in(browser, leia)
    travel(minutes=15)
    assert not is_signed_in(browser, leia)


def test_organisation_settles_how_long_its_sessions_last(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SES-04."""
    leia.session_limits = {"pupil": [20, 40]}
    leia.save()
    browser = signed_in(make_account(leia, "lou", role=Role.PUPIL))
    travel(minutes=19)
    assert is_signed_in(browser, leia)
    travel(minutes=19)
    assert is_signed_in(browser, leia)
    travel(minutes=2)
    assert not is_signed_in(browser, leia)


def test_second_factor_never_lets_a_session_idle_longer_than_an_hour(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SES-04: NIST SP 800-63B, AAL2."""
    ada = make_account(leia, "ada")
    browser = through(ada, give_app(ada), travel)
    travel(minutes=59)
    assert is_signed_in(browser, leia)
    travel(minutes=60)
    assert not is_signed_in(browser, leia)


@pytest.mark.parametrize("how", ["password change", "suspension"])
def test_session_ended_stays_so(leia: Organisation, how: str) -> None:
    """SES-05, SES-06: the cookie opens nothing, also once the account may be used again."""
    ada = make_account(leia, "ada")
    browser = signed_in(ada)
    if how == "suspension":
        standing.suspend(ada, ORIGIN)
        standing.reactivate(ada, ORIGIN)
    else:
        passwords.change(ada, PASSWORD, ANOTHER_PASSWORD, ORIGIN, keep="")
    assert not is_signed_in(browser, leia)


def test_sign_in_of_a_suspended_account_half_way_leads_nowhere(
    leia: Organisation, travel: StoppedClock
) -> None:
    """SES-06: what was begun before is over, and the password opens nothing."""
    ada = make_account(leia, "ada")
    give_app(ada)
    browser = new_browser()
    assert sign_in(browser, ada).status_code == 303
    standing.suspend(ada, ORIGIN)
    assert browser.get("/leia/sign-in/second-step/").headers["Location"] == "/leia/sign-in/"
    assert sign_in(browser, ada).status_code == 200
