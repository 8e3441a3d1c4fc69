"""Insert a row by SQL that is made once.

Django compiles an INSERT anew for every row, which takes it several times as long as the
database needs for it. Where thousands wait at the same moment, on the first day of school, that is
worth a statement of our own; everywhere else `save()` is.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Model

if TYPE_CHECKING:
    from django.db.models import Field


def insert(row: Model) -> None:
    """Insert one new row, in the caller's transaction, as `save(force_insert=True)` would.

    No signal is sent, and the row does not learn a primary key that the database gives it.
    """
    statement, fields = _prepared(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _prepared(model: type[Model], _vendor: str) -> tuple[str, list["Field[Any, Any]"]]:
    options = model._meta  # noqa: SLF001 - documented by Django
    fields = [field for field in options.local_concrete_fields if field is not options.auto_field]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = quote(options.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({places})", fields  # noqa: S608 - names of ours
