"""Tests that travel in time, through the one seam by which the product reads it."""

from datetime import datetime, timedelta

import pytest

from trousseau import clock


class Traveller:
    """Stops the clock at its first word, and moves only when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = clock.now()
        monkeypatch.setattr(clock, "now", self.now)

    def now(self) -> datetime:
        return self.moment

    def forward(self, step: timedelta) -> None:
        self.moment += step


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Traveller:
    return Traveller(monkeypatch)
