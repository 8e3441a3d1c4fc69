"""Trails for tests, and what is done to them by somebody who ought not to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.factories import ORIGIN
from trousseau.audit import append_only, sealing, trail, verifying
from trousseau.audit.models import Event, Segment
from trousseau.audit.tags import Outcome, Tag


def record(times: int = 1, organisation: str = "leia", subject: str = "a1", **facts: str) -> None:
    for number in range(times):
        trail.record(
            Tag.SIGN_IN_REFUSED,
            ORIGIN,
            organisation=organisation,
            subject=subject,
            outcome=Outcome.REFUSED,
            factor="password",
            **facts,
            number=number,
        )


def sealed_trail(*sizes: int) -> list[int]:
    """Record and seal batches of these sizes; return the events' numbers."""
    for size in sizes:
        record(size)
        assert sealing.seal() >= size
    return numbers()


def numbers() -> list[int]:
    return list(Event.objects.order_by("pk").values_list("pk", flat=True))


def heads() -> dict[int, str]:
    return dict(Segment.objects.values_list("number", "head"))


def faults(noted: dict[int, str] | None = None) -> list[str]:
    return list(verifying.verify(verifying.Tally(), noted))


@contextmanager
def intruder() -> Iterator[None]:
    """Somebody who owns the database, and so takes the triggers away first."""
    append_only.remove(connection)
    yield
    append_only.install(connection)


def sql(statement: str, *values: str | int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
