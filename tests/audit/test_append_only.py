"""The database itself keeps the trail as it was written (LOG-06)."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from tests.audit.trail_makers import intruder, numbers, sealed_trail, sql
from trousseau.audit import append_only
from trousseau.audit.models import Event, Segment
from trousseau.operations import faults

pytestmark = pytest.mark.django_db


def refused(statement: str) -> bool:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    return True


EVENT_CHANGES = [
    "UPDATE audit_event SET subject = 'b2'",
    "UPDATE audit_event SET address = NULL, agent = '', blanked = 'x'",
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE organisation = 'leia'",
]
SEGMENT_CHANGES = [
    "UPDATE audit_segment SET head = 'x'",
    "UPDATE audit_segment SET emptied = true",
    "DELETE FROM audit_segment",
]


@pytest.mark.parametrize("statement", EVENT_CHANGES + SEGMENT_CHANGES)
def test_change_is_refused(statement: str) -> None:
    sealed_trail(2)
    assert refused(statement)
    assert (len(numbers()), Segment.objects.count()) == (2, 1)


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["audit_event", "audit_segment"])
def test_truncate_is_refused(table: str) -> None:
    sealed_trail(1)
    assert refused(f"TRUNCATE {table}")
    with append_only.upkeep():
        assert refused(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET tag = 'authn_logout', blanked = 'x'",
        "UPDATE audit_event SET at = '2020-01-01 00:00:00+00:00', blanked = 'x'",
        "UPDATE audit_segment SET head = 'x'",
        "UPDATE audit_segment SET number = 7",
        "DELETE FROM audit_segment",
    ],
)
def test_upkeep_may_not_change_what_happened(statement: str) -> None:
    sealed_trail(1)
    with append_only.upkeep():
        assert refused(statement)


@pytest.mark.postgresql
def test_upkeep_may_not_add_facts() -> None:
    sealed_trail(1)
    with append_only.upkeep():
        assert refused("""UPDATE audit_event SET facts = '{"new": 1}', blanked = 'x'""")
        assert refused("UPDATE audit_event SET address = NULL")


def test_upkeep_ends_with_its_block() -> None:
    sealed_trail(2)
    with append_only.upkeep():
        Event.objects.filter(pk=numbers()[0]).delete()
    assert len(numbers()) == 1
    assert refused("DELETE FROM audit_event")


def test_check_says_when_triggers_are_missing_and_migrate_puts_them_up() -> None:
    assert append_only.missing(connection) == []
    with intruder():
        assert append_only.missing(connection) == list(append_only.TRIGGERS)
        (fault,) = [one for one in faults.find() if one.startswith("Audit trail")]
        assert fault == (
            "Audit trail: the database does not refuse to change it: run `trousseau migrate`."
        )
        call_command("migrate", verbosity=0)
        assert append_only.missing(connection) == []
