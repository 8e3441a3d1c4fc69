"""Insisting on a write: what has happened in the world is noted, however the database fares."""

import logging

import pytest
from django.db import IntegrityError, OperationalError

from trousseau.work import durability

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "PAUSE_SECONDS", 0)


def failing(times: int, calls: list[int], error: type[Exception] = OperationalError):
    def write() -> None:
        calls.append(len(calls) + 1)
        if len(calls) <= times:
            raise error("away")

    return write


def test_insist_writes_once_where_all_is_well() -> None:
    calls: list[int] = []
    durability.insist(failing(0, calls))
    assert calls == [1]


def test_insist_writes_again_until_it_is_done(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []
    durability.insist(failing(3, calls))
    assert calls == [1, 2, 3, 4]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3


def test_insist_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "INSIST_SECONDS", -1)
    calls: list[int] = []
    with pytest.raises(OperationalError):
        durability.insist(failing(9, calls))
    assert calls == [1]


def test_insist_repeats_no_mistake_of_ours() -> None:
    calls: list[int] = []
    with pytest.raises(IntegrityError):
        durability.insist(failing(9, calls, IntegrityError))
    assert calls == [1]
