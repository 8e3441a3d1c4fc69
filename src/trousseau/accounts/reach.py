"""How far a session reaches: what else it has opened, so that signing out can say from where."""

from collections.abc import Callable

from trousseau.accounts.session_store import SessionStore

Names = Callable[[SessionStore], list[str]]
_rooms: list[Names] = []


def register(names: Names) -> None:
    """Have a room name what a session has opened there."""
    if names not in _rooms:
        _rooms.append(names)


def names(session: SessionStore) -> list[str]:
    """Return the names of everything that ends with the session."""
    return [name for room in _rooms for name in room(session)]
