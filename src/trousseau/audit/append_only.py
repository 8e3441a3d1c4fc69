"""Have the database itself refuse to change or delete what the trail holds (LOG-06).

Put up after every `migrate`, and not in a migration: SQLite loses a table's triggers whenever a
later migration makes the table anew. What they hold off and what not, and why the seals are
there besides: docs/decisions/audit-chain.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

EVENTS, SEGMENTS = "audit_event", "audit_segment"
TRIGGERS = (
    "audit_event_kept",
    "audit_event_as_it_was",
    "audit_segment_kept",
    "audit_segment_as_it_was",
)
_upkeep: ContextVar[bool] = ContextVar("upkeep", default=False)

# What never changes, whoever is at work.
_DEED = (
    "id",
    "at",
    "tag",
    "outcome",
    "organisation",
    "actor",
    "role",
    "subject",
    "reference",
    "request",
)
_SEAL = (
    "number",
    "sealed_at",
    "reached",
    "open",
    "leaves_digest",
    "key",
    "previous",
    "head",
)


@contextmanager
def upkeep() -> Iterator[None]:
    """Let the worker remove what is over, or the traces of a person, in one transaction."""
    with transaction.atomic(durable=True):
        token = _upkeep.set(True)
        _tell(connection, "on")
        try:
            yield
        finally:
            _upkeep.reset(token)
        _tell(connection, "off")


def install(database: BaseDatabaseWrapper) -> None:
    """Put the triggers up, if the tables are there."""
    if not {EVENTS, SEGMENTS} <= set(database.introspection.table_names()):
        return
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        for statement in [*_removal(database), *_statements(database)]:
            cursor.execute(statement)


def remove(database: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for tests, which empty the tables after them."""
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        for statement in _removal(database):
            cursor.execute(statement)


def missing(database: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that are not there or not at work."""
    if database.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with database.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in TRIGGERS if name not in present]


def after_migrate(using: str, **_: Any) -> None:
    """Put the triggers up after `migrate`."""
    from django.db import connections  # noqa: PLC0415 - beside the signal's own name for it

    install(connections[using])


def on_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Give SQLite the function that its triggers ask; elsewhere they refuse for want of it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("audit_upkeep", 0, _upkeep.get)


def _tell(database: BaseDatabaseWrapper, word: str) -> None:
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT set_config('trousseau.audit_upkeep', %s, true)", [word])


def _removal(database: BaseDatabaseWrapper) -> list[str]:
    if database.vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {name} ON {SEGMENTS if 'segment' in name else EVENTS}"
            for name in TRIGGERS
        ]
    return [f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS]


def _statements(database: BaseDatabaseWrapper) -> list[str]:
    return _for_postgresql() if database.vendor == "postgresql" else _for_sqlite()


def _for_postgresql() -> list[str]:
    """Functions of the caller's own rights: nobody gains any by them."""
    refusal = "RAISE EXCEPTION '% of % is refused: the trail is append-only', TG_OP, TG_TABLE_NAME"
    working = "coalesce(current_setting('trousseau.audit_upkeep', true), '') = 'on'"
    return [
        f"""
        CREATE OR REPLACE FUNCTION audit_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{EVENTS}' AND {working} THEN
                RETURN NULL;
            END IF;
            {refusal};
        END $$
        """,
        f"""
        CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {working} THEN
                IF TG_TABLE_NAME = '{EVENTS}' THEN
                    IF {_same(_DEED)} AND OLD.facts @> NEW.facts AND NEW.blanked <> '' THEN
                        RETURN NEW;
                    END IF;
                ELSIF {_same(_SEAL)} THEN
                    RETURN NEW;
                END IF;
            END IF;
            {refusal};
        END $$
        """,
        *_triggers_of(EVENTS),
        *_triggers_of(SEGMENTS),
    ]


def _triggers_of(table: str) -> list[str]:
    return [
        f"""
        CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_removal()
        """,
        f"""
        CREATE TRIGGER {table}_as_it_was BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()
        """,
    ]


def _same(columns: tuple[str, ...]) -> str:
    old = ", ".join(f'OLD."{column}"' for column in columns)
    return f"({old}) IS NOT DISTINCT FROM ({old.replace('OLD.', 'NEW.')})"


def _for_sqlite() -> list[str]:
    def refused(name: str, event: str, table: str, condition: str) -> str:
        return (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{event} of {table} is refused: "
            "the trail is append-only'); END"
        )

    def changed(columns: tuple[str, ...]) -> str:
        return " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)

    return [
        refused(TRIGGERS[0], "DELETE", EVENTS, "NOT audit_upkeep()"),
        refused(TRIGGERS[1], "UPDATE", EVENTS, f"NOT audit_upkeep() OR {changed(_DEED)}"),
        refused(TRIGGERS[2], "DELETE", SEGMENTS, "1"),
        refused(TRIGGERS[3], "UPDATE", SEGMENTS, f"NOT audit_upkeep() OR {changed(_SEAL)}"),
    ]
