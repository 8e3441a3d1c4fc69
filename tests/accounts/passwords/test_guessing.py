"""The estimate of guesses, piece by piece."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.accounts.passwords.guessing import ENOUGH, estimate
from trousseau.accounts.passwords.normalisation import fold, undisguise
from trousseau.accounts.passwords.patterns import digits_cost

FIGURES = st.text("0123456789", min_size=1, max_size=40)


@given(st.text(max_size=200))
def test_estimate_any_text_is_finite(text: str) -> None:
    assert 0 <= estimate(text).bits < 1000


@given(st.text(max_size=40), st.sets(st.text("abcdefghij", min_size=3, max_size=8), max_size=4))
def test_personal_words_never_make_a_password_dearer(text: str, personal: set[str]) -> None:
    # A personal word is one piece of its run, so it may hide a cheaper reading of one letter less.
    assert estimate(text, frozenset(personal)).bits <= estimate(text).bits + 1


@given(FIGURES)
def test_digits_cost_stays_within_chance(digits: str) -> None:
    assert 0 < digits_cost(digits) <= 2.5 * len(digits)


@pytest.mark.parametrize(
    "digits",
    ["12052010", "20100512", "0612345678", "123456789012", "147258369", "20202020", "1" * 40],
)
def test_known_digits_are_cheap(digits: str) -> None:
    assert digits_cost(digits) <= 12


@pytest.mark.parametrize(
    "password",
    ["azertyuiop", "qsdfghjklm", "1qaz2wsx3edc", "a1z2e3r4t5", "nbvcxw", "zyxwvuts"],
)
def test_walks_and_sequences_are_cheap(password: str) -> None:
    assert estimate(password).bits < 20


@pytest.mark.parametrize(
    ("plain", "dressed"),
    [
        ("marseille", "M4r53ill3"),
        ("bonjour", "BONJOUR"),
        ("julien", "neiluj"),
        ("etoile", "Étoile"),
    ],
)
def test_disguise_adds_next_to_nothing(plain: str, dressed: str) -> None:
    assert estimate(dressed).bits <= estimate(plain).bits + 3


def test_word_between_separators_is_not_cut_into_little_words() -> None:
    assert estimate("monde").bits == estimate("lampe").bits


def test_third_word_is_what_makes_a_phrase() -> None:
    assert estimate("galet-brume").bits < ENOUGH <= estimate("galet-brume-piano").bits


def test_same_word_again_is_not_a_third_word() -> None:
    assert estimate("galet-brume-galet").bits < ENOUGH


def test_random_capitals_count_and_usual_ones_do_not() -> None:
    assert estimate("Galet-Brume").bits == estimate("galet-brume").bits
    assert estimate("gAleT-bruME").bits > estimate("galet-brume").bits + 5


@given(st.text(max_size=50))
def test_undisguise_keeps_places(text: str) -> None:
    folded = fold(text)
    assert [len(reading) for reading in undisguise(folded)] == [len(folded)] * 2


def test_policy_imports_zxcvbn_only_to_judge() -> None:
    """The web process pays nothing until somebody chooses a password."""
    check = (
        "import sys, trousseau.accounts.passwords as p;"
        "from trousseau.accounts.passwords.vocabulary import vocabulary;"
        "print('zxcvbn_rs_py' in sys.modules, vocabulary.cache_info().currsize)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", check],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert shown.stdout == "False 0\n"
