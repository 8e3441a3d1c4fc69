"""A database that several threads share."""

from tests.databases import shared_database

__all__ = ["shared_database"]
