"""A September morning: people signed in by the million, and the tickets they have used up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import Model

from bench import people
from trousseau import clock
from trousseau.accounts.models import Account, Session
from trousseau.cas_server.models import Service, SignOn, Ticket
from trousseau.cas_server.services import applications
from trousseau.organisations.models import Organisation

# As long as a digest, and as scattered.
DIGEST = "md5(n::text) || md5((-n)::text)"


def register_application() -> None:
    """Have the application that people open in the register of the membership."""
    school = Organisation.objects.get(slug=people.SLUG)
    Service.objects.get_or_create(
        address=people.APPLICATION,
        defaults={
            "registry": applications.own_registry(school),
            "name": "Moodle",
            "attributes": {"givenName": "given_name", "sn": "family_name", "mail": "email"},
        },
    )


def gather(sessions: int, tickets: int) -> None:
    """Add live sessions with a sign-on each, and spent tickets that are due for the purge."""
    register_application()
    first, *_ = accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    now, whose = clock.now(), f"{first} + mod(n, {len(accounts)})"
    session = Session.objects.create(
        digest="first",
        account_id=first,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=12),
    )
    sign_on = SignOn.objects.create(
        session_digest="first",
        account_id=first,
        authenticated_at=now,
        purge_at=now + timedelta(days=1),
    )
    ticket = Ticket.objects.create(
        digest="first",
        seed="0" * 48,
        kind=Ticket.Kind.SERVICE,
        organisation=Organisation.objects.get(slug=people.SLUG),
        service=Service.objects.get(address=people.APPLICATION),
        sign_on=sign_on,
        url=people.APPLICATION,
        created_at=now - timedelta(hours=2),
        expires_at=now - timedelta(hours=2),
        used_at=now - timedelta(hours=2),
        opened=True,
        purge_at=now - timedelta(hours=1),
    )
    _multiply(session, sessions, digest=DIGEST, account_id=whose)
    _multiply(sign_on, sessions, session_digest=DIGEST, account_id=whose)
    opened_by = f"{sign_on.pk} + 1 + mod(n, {sessions})"
    with _indexes_afterwards(Ticket):
        _multiply(ticket, tickets, digest=DIGEST, sign_on_id=opened_by)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def spent() -> int:
    """Return how many tickets are due for the purge."""
    return Ticket.objects.filter(purge_at__lte=clock.now()).count()


def _multiply(row: Model, count: int, **different: str) -> None:
    """Copy a row so many times, with other values in some columns: SQL about the number `n`."""
    meta = row._meta  # noqa: SLF001 - documented by Django
    key = meta.pk.attname
    fields = [str(field.column) for field in meta.concrete_fields]
    names = [name for name in fields if name != key or name in different]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(different.get(name, f'"{name}"') for name in names)
    with connection.cursor() as cursor:
        # The rows refer to the first one's own references: looking each up takes minutes.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({columns})'  # noqa: S608 - names of our own models
            f' SELECT {values} FROM "{meta.db_table}", generate_series(1, %s) n WHERE "{key}" = %s',
            [count, row.pk],
        )
        cursor.execute("SET session_replication_role = origin")


@contextmanager
def _indexes_afterwards(model: type[Model]) -> Iterator[None]:
    """Have the plain indexes of a table built once it is full, which takes a tenth of the time."""
    table = model._meta.db_table  # noqa: SLF001 - as above
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [table],
        )
        plain: list[tuple[str, str]] = cursor.fetchall()
        for name, _ in plain:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in plain:
            cursor.execute(definition)
