"""How soon a commit must be on disk."""

from django.db import connection


def commit_may_lag() -> None:
    """Let the present transaction's commit return before PostgreSQL has it on disk.

    Should the database server itself crash within the next second, the transaction may be as if
    it had never been; nothing else ever loses it. For marks whose loss only means doing a thing
    once more, thousands of times an hour.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
