from tests.databases import shared_database
from tests.sink import sink

__all__ = ["shared_database", "sink"]
