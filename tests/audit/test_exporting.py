"""The export as JSON lines: everything in it, nothing secret, and it proves itself."""

import io
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audit.trail_makers import record, sealed_trail
from trousseau import clock
from trousseau.audit import exporting, sealing
from trousseau.audit.exporting import Choice
from trousseau.audit.models import Event

pytestmark = pytest.mark.django_db


def exported(**choice: object) -> list[str]:
    return list(exporting.lines(Choice(**choice)))  # type: ignore[arg-type]


def faults(lines: list[str]) -> list[str]:
    return list(exporting.check(lines))


def of_kind(lines: list[str], kind: str) -> list[dict[str, object]]:
    records = [json.loads(line) for line in lines]
    return [one for one in records if one["kind"] == kind]


def test_export_holds_every_event_and_seal_and_proves_itself() -> None:
    numbers = sealed_trail(2, 3)
    record()
    lines = exported()
    assert faults(lines) == []
    events = of_kind(lines, "event")
    assert [one["id"] for one in events][:5] == numbers
    assert len(events) == 6
    assert [one["number"] for one in of_kind(lines, "seal")] == [1, 2]
    kinds = [json.loads(line)["kind"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("export", "end")


def test_event_of_an_export_has_the_documented_fields() -> None:
    record()
    (event,) = of_kind(exported(), "event")
    stored = Event.objects.get()
    assert event == {
        "kind": "event",
        "id": stored.pk,
        "at": stored.at.isoformat(timespec="microseconds"),
        "tag": "authn_login_fail",
        "outcome": "refused",
        "organisation": "leia",
        "actor": "",
        "role": "",
        "subject": "a1",
        "address": "192.0.2.7",
        "agent": "Firefox/140 Android",
        "reference": "",
        "request": "",
        "facts": {"factor": "password", "number": 0},
        "blanked": "",
    }


def test_export_of_one_organisation_holds_nothing_of_another() -> None:
    """TEN-01."""
    record(2, "leia")
    record(1, "bastia", subject="b2")
    sealing.seal()
    record(1, "bastia", subject="b2")
    lines = exported(organisation="bastia")
    assert faults(lines) == []
    assert {one["organisation"] for one in of_kind(lines, "event")} == {"bastia"}
    assert "leia" not in "".join(lines)


def test_export_of_a_time() -> None:
    record()
    middle = clock.now()
    record(2)
    sealing.seal()
    assert len(of_kind(exported(since=middle), "event")) == 2
    assert len(of_kind(exported(until=middle), "event")) == 1
    assert of_kind(exported(until=middle - timedelta(days=1)), "event") == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_to_an_export_is_found(data: st.DataObject) -> None:
    if not Event.objects.exists():
        sealed_trail(2, 2)
        record()
    lines = exported()
    position = data.draw(st.integers(0, len(lines) - 1))
    deed = data.draw(st.sampled_from(["remove", "repeat", "alter"]))
    if deed == "remove":
        del lines[position]
    elif deed == "repeat":
        lines.insert(position, lines[position])
    else:
        at = data.draw(st.integers(0, len(lines[position]) - 1))
        sign = "x" if lines[position][at] != "x" else "y"
        lines[position] = lines[position][:at] + sign + lines[position][at + 1 :]
    assert faults(lines)


def test_what_is_wrong_with_an_event_of_an_export_is_named() -> None:
    first, *_ = sealed_trail(2)
    lines = [line.replace('"subject": "a1"', '"subject": "b2"', 1) for line in exported()]
    assert [fault for fault in faults(lines) if fault.startswith(f"event {first} ")]


@given(st.lists(st.text(max_size=60), max_size=6))
def test_reading_survives_whatever_it_is_given(lines: list[str]) -> None:
    assert faults(lines)


def test_memory_stays_flat(db: None) -> None:
    """Five thousand events take no more than one thousand do, give or take."""
    assert _peak(5_000) < 1.5 * _peak(1_000)


def _peak(events: int) -> int:
    Event.objects.bulk_create(
        Event(at=clock.now(), tag="authn_login_fail", facts={"a": "b" * 100}) for _ in range(events)
    )
    while sealing.seal():
        pass
    tracemalloc.start()
    try:
        for _ in exporting.lines(Choice()):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_command_round_trip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sealed_trail(2)
    out = io.StringIO()
    call_command("audit", "export", "--organisation", "leia", "--since", "2020-01-01", stdout=out)
    file = tmp_path / "trail.jsonl"
    file.write_text(out.getvalue())
    call_command("audit", "verify", "--export", str(file))
    assert capsys.readouterr().out == (
        "The export is as it was written, and its events as they were sealed.\n"
    )
    file.write_text(out.getvalue().replace("leia", "asia"))
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify", "--export", str(file))
    assert ended.value.code == 1
