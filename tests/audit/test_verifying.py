"""The chain tells what was done to the trail behind its back (LOG-06)."""

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.audit.trail_makers import (
    faults,
    heads,
    intruder,
    numbers,
    record,
    sealed_trail,
    sql,
)
from trousseau.audit import chain, records, sealing, verifying
from trousseau.audit.models import Event, Segment

pytestmark = pytest.mark.django_db
DEED, TRACES = "what happened", "the traces"
STRANGER = "stands under no seal: inserted, or its seal is gone"


def altered(number: int, what: str) -> str:
    event = Event.objects.get(pk=number)
    at = event.at.isoformat(timespec="microseconds")
    return f"event {number} ({event.tag}, {at}) is altered: {what}"


def test_untouched_trail_holds() -> None:
    sealed_trail(3, 1, 2)
    record()
    tally = verifying.Tally()
    assert list(verifying.verify(tally)) == []
    assert (tally.segments, tally.events, tally.unsealed) == (3, 6, 1)
    assert tally.head == f"3:{heads()[3]}"


def test_nothing_to_seal_makes_no_segment() -> None:
    assert sealing.seal() == 0
    sealed_trail(1)
    assert sealing.seal() == 0
    assert Segment.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "value", "part"),
    [
        ("at", "2020-01-01 00:00:00+00:00", DEED),
        ("tag", "authn_login_success", DEED),
        ("outcome", "success", DEED),
        ("organisation", "bastia", DEED),
        ("actor", "b2", DEED),
        ("role", "administrator", DEED),
        ("subject", "b2", DEED),
        ("reference", "K7PX-4QMA", DEED),
        ("request", "K7PX-4QMA", DEED),
        ("facts", '{"factor": "cas", "number": 0}', DEED),
        ("address", "198.51.100.9", TRACES),
        ("address", None, TRACES),
        ("agent", "", TRACES),
        ("blanked", "0" * 64, TRACES),
    ],
)
def test_altered_field_is_found(column: str, value: str | None, part: str) -> None:
    first, *_ = sealed_trail(2, 1)
    if column == "at":
        value = "2020-01-01 00:00:00.000000+00:00"
    with intruder():
        sql(f'UPDATE audit_event SET "{column}" = %s WHERE id = %s', value, first)  # noqa: S608 - ours
    assert faults() == [altered(first, part)]


def test_every_column_of_an_event_is_under_its_seal() -> None:
    """A new column must be looked after here and in the chain."""
    tried = {"at", "tag", "outcome", "organisation", "actor", "role", "subject", "reference"}
    tried |= {"request", "facts", "address", "agent", "blanked"}
    fields = Event._meta.concrete_fields  # noqa: SLF001 - documented by Django
    assert {field.name for field in fields} == tried | {"id"}


def test_deleted_event_is_missing() -> None:
    _, second, *_ = sealed_trail(3, 1)
    with intruder():
        sql("DELETE FROM audit_event WHERE id = %s", second)
    assert faults() == [f"event {second} is missing"]


def close_gaps(number: int) -> None:
    """Seal a segment anew as if no transaction had been under way."""
    segment = Segment.objects.get(number=number)
    segment.open = []
    segment.head = chain.key().head(records.of_segment(segment))
    segment.save()


def test_inserted_event_stands_under_no_seal() -> None:
    *_, last = sealed_trail(2, 2)
    # A number that a transaction has given back, long ago.
    with intruder():
        Event(**{**Event.objects.filter(pk=last).values()[0], "id": last + 5}).save()
    assert sealing.seal() == 1
    with intruder():
        close_gaps(3)
        Event(**{**Event.objects.filter(pk=last).values()[0], "id": last + 2}).save()
    assert faults() == [f"event {last + 2} {STRANGER}"]


def test_swapped_events_are_both_altered() -> None:
    first, second, *_ = sealed_trail(3)
    with intruder():
        sql("UPDATE audit_event SET id = -1 WHERE id = %s", first)
        sql("UPDATE audit_event SET id = %s WHERE id = %s", first, second)
        sql("UPDATE audit_event SET id = %s WHERE id = -1", second)
    assert faults() == [altered(first, DEED), altered(second, DEED)]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("sealed_at = '2020-01-01 00:00:00.000000+00:00'", "segment 2 is altered"),
        ("reached = reached + 1", "segment 2 is altered"),
        ("open = '[[1, 2, 3, \"2020-01-01T00:00:00+00:00\"]]'", "segment 2 is altered"),
        ("purged = '[4]'", "segment 2 is altered: which of its events were over"),
        ("emptied = true", "segment 2 is altered: which of its events were over"),
        ("amended = 'x'", "segment 2 is altered: which of its events were over"),
        ("previous = 'x'", "segment 2 does not hang on the one before"),
        ("head = 'x'", "segment 3 does not hang on the one before"),
        ("leaves_digest = 'x'", "segment 2 is altered: its list of events"),
    ],
)
def test_altered_segment_is_found(change: str, fault: str) -> None:
    sealed_trail(2, 2, 2)
    with intruder():
        sql(f"UPDATE audit_segment SET {change} WHERE number = 2")  # noqa: S608 - ours
    assert fault in faults()


def test_altered_list_of_events_is_found() -> None:
    sealed_trail(2, 2)
    with intruder():
        Segment.objects.filter(number=1).update(leaves=b"x" * 144)
    assert "segment 1 is altered: its list of events" in faults()


def test_deleted_segment_is_missing_and_its_events_bare() -> None:
    _, _, third, fourth, *_ = sealed_trail(2, 2, 1)
    with intruder():
        sql("DELETE FROM audit_segment WHERE number = 2")
    assert faults() == [
        "segment 2 is missing",
        f"event {third} {STRANGER}",
        f"event {fourth} {STRANGER}",
    ]


def test_tail_cut_off_is_found_by_a_head_noted_elsewhere_alone() -> None:
    """What the decision page says cannot be seen from within: the end, cut with its seals."""
    *_, last = sealed_trail(2, 2, 1)
    noted = heads()
    with intruder():
        sql("DELETE FROM audit_segment WHERE number = 3")
        sql("DELETE FROM audit_event WHERE id = %s", last)
    assert faults() == []
    assert faults({3: noted[3]}) == ["segment 3 is missing: the end is cut off"]


def test_chain_made_anew_is_found_by_a_head_noted_elsewhere() -> None:
    sealed_trail(2)
    noted = heads()
    with intruder():
        sql("DELETE FROM audit_segment")
        sql("UPDATE audit_event SET tag = 'authn_logout'")
    sealing.seal()
    assert faults() == []
    assert faults(noted) == ["segment 1 is not the one whose head was noted"]


def test_whoever_lacks_the_key_cannot_make_a_seal(settings: Settings) -> None:
    settings.AUDIT_KEY = "the installation's"
    sealed_trail(1)
    record()
    settings.AUDIT_KEY = "an intruder's guess"
    assert sealing.seal() == 1
    settings.AUDIT_KEY = "the installation's"
    (fault,) = faults()
    assert fault.startswith("segment 2 was sealed under the key ")


def test_former_key_still_verifies(settings: Settings) -> None:
    """SEC-01."""
    settings.AUDIT_KEY = ""
    sealed_trail(1)
    settings.AUDIT_FORMER_KEYS = [settings.SECRET_KEY]
    settings.AUDIT_KEY = "new"
    sealed_trail(1)
    assert faults() == []
    settings.AUDIT_FORMER_KEYS = []
    (fault,) = faults()
    assert fault.startswith("segment 1 was sealed under the key ")


def test_key_s_name_and_digests_give_nothing_away(settings: Settings) -> None:
    """LOG-02: without the key, an address cannot be guessed from its digest."""
    sealed_trail(1)
    one = bytes(Segment.objects.get().leaves)
    settings.AUDIT_KEY = "other"
    (leaf,) = sealing.leaves_of(Event.objects.all(), chain.key())
    assert leaf.deed not in one
    assert leaf.traces not in one


@pytest.mark.parametrize("status", [0, 1])
def test_command_says_it_and_ends_with_a_status(
    status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = sealed_trail(1, 1)
    if status:
        with intruder():
            sql("DELETE FROM audit_event WHERE id = %s", first)
        with pytest.raises(SystemExit) as ended:
            call_command("audit", "verify")
        assert ended.value.code == 1
        assert capsys.readouterr().out == f"event {first} is missing\n"
    else:
        call_command("audit", "verify", f"--head=1:{heads()[1]}")
        said = capsys.readouterr().out
        counted = "2 segments hold, with 2 events; 0 events are not sealed yet."
        assert said == f"{counted} Head: 2:{heads()[2]}\n"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_one_change_to_sealed_events_is_found(data: st.DataObject) -> None:
    """Whatever is done to whichever sealed event: the chain names that one and no other."""
    first = numbers()[-1:] or [0]
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    sealed = [number for number in sealed_trail(*sizes) if number > first[0]]
    chosen = data.draw(st.sampled_from(sealed))
    deed = data.draw(st.sampled_from(["UPDATE", "DELETE"]))
    before = Event.objects.filter(pk=chosen).values()[0]
    with intruder():
        if deed == "DELETE":
            sql("DELETE FROM audit_event WHERE id = %s", chosen)
        else:
            sql("UPDATE audit_event SET subject = 'somebody' WHERE id = %s", chosen)
    assert [fault.split()[1] for fault in faults()] == [str(chosen)]
    with intruder():
        Event(**before).save()
    assert faults() == []
