from tests.databases import shared_database
from tests.travel import travel

__all__ = ["shared_database", "travel"]
