"""One-time credentials against a model of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, make_account, make_organisation
from trousseau import clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials
from trousseau.organisations.models import Organisation

Kind, State = Credential.Kind, Credential.State
HOUR = timedelta(hours=1)


@dataclass
class Expected:
    """What the model knows of one credential."""

    secret: str
    kind: Credential.Kind
    account: int
    about: str
    expires_at: datetime
    used: bool = False
    superseded: bool = False

    @property
    def state(self) -> Credential.State:
        if self.used:
            return State.USED
        if self.superseded:
            return State.SUPERSEDED
        return State.LIVE if clock.now() < self.expires_at else State.EXPIRED


class Credentials(RuleBasedStateMachine):
    """Whatever is done in whatever order, each credential is in the one state of the model."""

    travel: StoppedClock
    issued = Bundle("issued")

    @initialize()
    def begin(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        organisation = make_organisation()
        self.accounts = [make_account(organisation, name, password="") for name in ("ada", "leo")]
        self.model: list[Expected] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(
        target=issued,
        account=st.integers(0, 1),
        kind=st.sampled_from(Kind),
        about=st.sampled_from(["", "7"]),
        hours=st.integers(1, 24),
    )
    def issue(self, account: int, kind: Credential.Kind, about: str, hours: int) -> Expected:
        """REC-09: the newest of a kind and subject is the only one left."""
        given = credentials.issue(kind, self.accounts[account], hours * HOUR, about=about)
        for one in self.model:
            if (one.account, one.kind, one.about, one.used) == (account, kind, about, False):
                one.superseded = True
        expected = Expected(given.secret, kind, account, about, clock.now() + hours * HOUR)
        self.model.append(expected)
        return expected

    @rule(one=issued)
    def open(self, one: Expected) -> None:
        """REC-12: opening uses nothing up, however often."""
        found = credentials.find(one.kind, one.secret)
        assert found
        credentials.open_(found)
        found.refresh_from_db()
        assert found.opened_at

    @rule(one=issued)
    def use(self, one: Expected) -> None:
        """REC-07: it works once, and only while it is live."""
        found = credentials.find(one.kind, one.secret)
        assert found
        assert credentials.use(found) == (one.state == State.LIVE)
        one.used = one.used or one.state == State.LIVE

    @rule(account=st.integers(0, 1), kinds=st.sets(st.sampled_from(Kind), min_size=1))
    def supersede(self, account: int, kinds: set[Credential.Kind]) -> None:
        credentials.supersede(self.accounts[account], *kinds, origin=ORIGIN)
        for one in self.model:
            if one.account == account and one.kind in kinds and not one.used:
                one.superseded = True

    @rule(minutes=st.sampled_from([1, 59, 60, 300, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.travel(minutes=minutes)

    @rule(one=issued, kind=st.sampled_from(Kind))
    def present_as(self, one: Expected, kind: Credential.Kind) -> None:
        """TOK-02: one kind is never found as another."""
        assert (credentials.find(kind, one.secret) is not None) == (kind == one.kind)

    @invariant()
    def every_one_is_in_exactly_the_state_expected(self) -> None:
        now = clock.now()
        for one in self.model:
            found = credentials.find(one.kind, one.secret)
            assert found
            assert found.state_at(now) == one.state
            assert not (found.used_at and found.superseded_at)
            assert found.account == self.accounts[one.account]

    @invariant()
    def at_most_one_of_a_kind_and_subject_is_live(self) -> None:
        live = [(one.account, one.kind, one.about) for one in self.model if one.state == State.LIVE]
        assert len(live) == len(set(live))


@pytest.mark.django_db
def test_credentials_any_order_of_events_keeps_to_the_model(travel: StoppedClock) -> None:
    """REC-07, REC-09, REC-12, TOK-02."""
    machine = type("Machine", (Credentials,), {"travel": travel})
    limits = settings(max_examples=40, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(machine, settings=limits)


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", password="")


@pytest.mark.parametrize("kind", Kind)
def test_issue_keeps_a_digest_and_never_the_secret(ada: Account, kind: Credential.Kind) -> None:
    """REC-04, REC-08: 32 signs of 6 bits; nothing in the row is or holds the secret."""
    given = credentials.issue(kind, ada, HOUR)
    assert len(given.secret) == 32
    (row,) = Credential.objects.values()
    assert [value for value in row.values() if given.secret in str(value)] == []
    assert credentials.issue(kind, ada, HOUR).secret != given.secret


@pytest.mark.parametrize(("kind", "other"), list(permutations(Kind, 2)))
def test_find_another_kind_is_not_found(
    ada: Account, kind: Credential.Kind, other: Credential.Kind
) -> None:
    """TOK-02."""
    given = credentials.issue(kind, ada, HOUR)
    assert credentials.find(kind, given.secret) == given.credential
    assert credentials.find(other, given.secret) is None


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "\x00", "x" * 100_000, "\udcff", "é", "' OR ''='"])
def test_find_made_up_secret_is_not_found(secret: str) -> None:
    assert credentials.find(Kind.RECOVERY, secret) is None


def test_use_at_the_very_moment_of_expiry_is_too_late(ada: Account, travel: StoppedClock) -> None:
    """TOK-05."""
    early = credentials.issue(Kind.RECOVERY, ada, HOUR).credential
    travel(hours=1, microseconds=-1)
    assert credentials.use(early)
    late = credentials.issue(Kind.RECOVERY, ada, HOUR).credential
    travel(hours=1)
    assert not credentials.use(late)
    assert late.state_at(clock.now()) == State.EXPIRED


def test_issue_remembers_what_took_its_place(ada: Account) -> None:
    """REC-09."""
    former, newer = (credentials.issue(Kind.RECOVERY, ada, HOUR).credential for _ in range(2))
    former.refresh_from_db()
    assert former.superseded_by == newer


def test_used_and_superseded_at_once_is_impossible(ada: Account) -> None:
    given = credentials.issue(Kind.RECOVERY, ada, HOUR).credential
    given.used_at = given.superseded_at = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        given.save()
