"""What is raised where something may not be done now."""

from datetime import datetime


class HeldError(Exception):
    """Not now. `until` says when to try again; None when only a reset opens the way.

    `first` is true once within a limit's window, for the trail (LOG-03).
    """

    def __init__(self, until: datetime | None, *, first: bool = False) -> None:
        """Keep what a person is told."""
        super().__init__(until)
        self.until = until
        self.first = first
