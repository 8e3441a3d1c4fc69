"""One of any number of parallel attempts wins, on both databases."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.accounts.races import RACES, RUNNERS

CHECKOUT = Path(__file__).resolve().parents[2]


def outcome(name: str) -> Any:
    if connection.vendor == "postgresql":
        return RACES[name]()
    program = [sys.executable, "-W", "error", "-m", "tests.accounts.races", name]
    said = subprocess.run(program, check=True, capture_output=True, cwd=CHECKOUT)
    return json.loads(said.stdout)


@pytest.mark.django_db(transaction=True)
def test_use_in_parallel_works_for_one() -> None:
    """REC-07."""
    assert outcome("use_one_credential") == [False] * (RUNNERS - 1) + [True]


@pytest.mark.django_db(transaction=True)
def test_choose_in_parallel_sets_one_password() -> None:
    """REC-07: the others are told that the link is used, and nothing of theirs is kept."""
    assert outcome("choose_by_form") == {
        "statuses": [303] + [410] * (RUNNERS - 1),
        "opening": True,
        "changes": 1,
        "notices": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_issue_in_parallel_leaves_one_live() -> None:
    """REC-09: two workers on the same family leave one link that works."""
    assert outcome("issue_in_parallel") == ["live"] + ["superseded"] * (RUNNERS - 1)


@pytest.mark.django_db(transaction=True)
def test_confirm_in_parallel_leaves_one_main_address() -> None:
    """REC-18, ERR-01: nobody's confirmation fails for somebody else's."""
    assert outcome("confirm_in_parallel") == {
        "told": [True] * RUNNERS,
        "counting": RUNNERS,
        "main": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_confirm_against_remove_ends_without_an_address_that_nobody_wants() -> None:
    """ERR-01: whichever is first, nothing breaks, and what was removed stays removed."""
    assert outcome("confirm_against_remove") == {
        "removed": [True, True],
        "confirmed at most once": True,
        "counting": 0,
    }


@pytest.mark.django_db(transaction=True)
def test_upload_in_parallel_leaves_the_file_that_is_shown() -> None:
    """SEC-02: no photo stays behind that nobody can remove."""
    assert outcome("upload_in_parallel") == {"files": 1, "shown": True}


@pytest.mark.django_db(transaction=True)
def test_code_shown_in_parallel_opens_one_sign_in() -> None:
    """A6.5.1, REC-07: of an application, and a saved one."""
    assert outcome("show_one_code") == {"app": 1, "saved": 1}


@pytest.mark.django_db(transaction=True)
def test_codes_guessed_in_parallel_are_slowed_like_others() -> None:
    """SIG-03: two are looked at, the others are told to wait."""
    assert outcome("guess_in_parallel") == 2


@pytest.mark.django_db(transaction=True)
def test_factor_removed_while_others_are_added_leaves_them_asked_for() -> None:
    """SIG-07."""
    assert outcome("remove_against_add") == {"factors": RUNNERS - 1, "asked for": True}


@pytest.mark.django_db(transaction=True)
def test_helpers_who_agree_in_parallel_take_factors_off_once() -> None:
    """REC-17."""
    assert outcome("agree_in_parallel") == {
        "told": [False] * (RUNNERS - 1) + [True],
        "factors": 0,
        "events": 1,
    }
