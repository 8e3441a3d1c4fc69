"""Events go when their time is over, and the person's traces with the account (LAW-08, LAW-09)."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.trail_makers import faults, intruder, numbers, record, sealed_trail, sql
from tests.conftest import StoppedClock
from tests.factories import ORIGIN, make_account, make_organisation
from trousseau.audit import exporting, pseudonyms, retention, sealing, trail
from trousseau.audit.exporting import Choice
from trousseau.audit.models import Departure, Event, Segment
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations import trail_times
from trousseau.organisations.models import Organisation
from trousseau.work.loop import run_due

pytestmark = pytest.mark.django_db


def purge() -> None:
    while trail_times.purge():
        pass


def test_events_go_after_a_year_and_the_chain_holds(travel: StoppedClock) -> None:
    """SEC-02."""
    sealed_trail(2)
    travel(days=364)
    (last,) = sealed_trail(1)[2:]
    purge()
    assert len(numbers()) == 3
    travel(days=2)
    purge()
    assert numbers() == [last]
    assert faults() == []
    first = Segment.objects.get(number=1)
    assert (first.emptied, bytes(first.leaves)) == (True, b"")


def test_each_organisation_keeps_its_own_time(travel: StoppedClock) -> None:
    make_organisation("short", trail_months=6)
    make_organisation("long", trail_months=36, trail_reason="Enquête interne, avis du DPD")
    for slug in ("short", "usual", "long", ""):
        record(1, slug)
    sealing.seal()

    def left() -> list[str]:
        purge()
        assert faults() == []
        return sorted(Event.objects.values_list("organisation", flat=True))

    assert left() == ["", "long", "short", "usual"]
    travel(days=185)
    assert left() == ["", "long", "usual"]
    travel(days=182)
    assert left() == ["long"]
    assert Segment.objects.get().purged != []
    travel(days=365 * 2)
    assert left() == []
    assert Segment.objects.get().emptied


def test_shorter_time_takes_effect_within_a_week(travel: StoppedClock) -> None:
    school = make_organisation("leia", trail_months=12)
    sealed_trail(1)
    travel(days=200)
    purge()
    school.trail_months = 6
    school.save()
    travel(days=8)
    purge()
    assert numbers() == []


def test_unsealed_events_are_not_removed(travel: StoppedClock) -> None:
    record()
    travel(days=800)
    purge()
    assert len(numbers()) == 1


def test_removal_by_anybody_else_is_still_found(travel: StoppedClock) -> None:
    """LOG-06: a note that events were over cannot be made without the key."""
    first, second = sealed_trail(2)
    with intruder():
        sql("DELETE FROM audit_event WHERE id = %s", first)
        sql("UPDATE audit_segment SET purged = %s", f"[{first}]")
    assert faults() == [
        "segment 1 is altered: which of its events were over",
        f"event {first} is missing",
    ]
    travel(days=400)
    purge()
    assert second not in numbers()


def test_event_that_is_back_after_its_time_is_found(travel: StoppedClock) -> None:
    make_organisation("long", trail_months=24, trail_reason="x")
    record(1, "long")
    first, second = sealed_trail(1)
    kept = Event.objects.filter(pk=second).values()[0]
    travel(days=370)
    purge()
    assert numbers() == [first]
    Event(**kept).save()
    assert faults() == [f"event {second} is back, though its time was over"]


def test_export_of_a_trail_with_removed_events_verifies(travel: StoppedClock) -> None:
    make_organisation("long", trail_months=24, trail_reason="x")
    record(1, "long")
    sealed_trail(1)
    travel(days=370)
    purge()
    assert list(exporting.check(exporting.lines(Choice()))) == []


@pytest.mark.parametrize("months", [5, 37])
def test_time_outside_the_bounds_is_refused(months: int) -> None:
    """LAW-08: 6 to 36 months."""
    with pytest.raises(ValidationError):
        Organisation(slug="x", name="X", trail_months=months, trail_reason="y").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organisation("x", trail_months=months, trail_reason="y")


def test_more_than_a_year_wants_a_reason(leia: Organisation) -> None:
    """LAW-08."""
    with pytest.raises(CommandError, match="--trail-reason"):
        call_command("organisation", "change", "leia", "--trail-months", "24")
    call_command(
        "organisation", "change", "leia", "--trail-months", "24", "--trail-reason", "Avis du DPD"
    )
    leia.refresh_from_db()
    assert (leia.trail_months, leia.trail_reason) == (24, "Avis du DPD")
    event = Event.objects.get(tag="authz_admin")
    assert event.facts == {"action": "change", "settings": ["trail_months", "trail_reason"]}


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is below
    st.integers(6, 36),
)
def test_months_after_is_the_same_day_or_the_28th(moment: datetime, months: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    after = retention.later(moment, months)
    assert (after.year - moment.year) * 12 + after.month - moment.month == months
    assert after.day in {moment.day, 28}
    assert after.time() == moment.time()


def test_deleted_account_leaves_an_opaque_id_and_no_trace(leia: Organisation) -> None:
    """LAW-09."""
    gone, stays = make_account(leia, "ada"), make_account(leia, "ben")
    theirs = [
        trail.event(
            Tag.ADDRESS_ADDED,
            ORIGIN,
            organisation="leia",
            subject=gone.public_id,
            to="a•••@example.org",
        ),
        trail.event(
            Tag.DETAILS_CHANGED,
            Origin(address="192.0.2.9", agent="x", actor=gone.public_id, role="teacher"),
            organisation="leia",
            subject=stays.public_id,
            details=["city"],
        ),
    ]
    trail.record_all([*theirs, trail.event(Tag.SIGN_IN, ORIGIN, subject=stays.public_id)])
    public_id = gone.public_id
    gone.delete()
    run_due()
    about = Event.objects.filter(subject=public_id) | Event.objects.filter(actor=public_id)
    assert [event.tag for event in about.order_by("pk")] == [
        "user_created",
        "address_added",
        "user_updated",
        "user_deleted",
    ]
    assert {(event.address, event.agent, "to" in event.facts) for event in about} == {
        (None, "", False)
    }
    assert about.get(tag="user_updated").facts == {"details": ["city"]}
    assert not Departure.objects.exists()
    other = Event.objects.get(tag="authn_login_success")
    assert (other.address, other.blanked) == ("192.0.2.7", "")
    assert faults() == []
    assert list(exporting.check(exporting.lines(Choice()))) == []


def test_traces_stay_until_the_events_are_sealed(leia: Organisation) -> None:
    record(2, subject="a1")
    pseudonyms.depart("a1", "leia")
    assert pseudonyms.blank() == 0
    sealing.seal()
    assert pseudonyms.blank() == 2
    assert pseudonyms.blank() == 0
    assert not Departure.objects.exists()
    assert faults() == []
