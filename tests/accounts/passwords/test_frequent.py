"""Frequent passwords are refused at every minimum, ordinary phrases and random strings are not."""

import random
import string
from pathlib import Path

import pytest

from trousseau.accounts.passwords import Person, judge
from trousseau.accounts.passwords.vocabulary import vocabulary

PUPIL, ADULT, HELPER = 8, 12, 15
HERE = Path(__file__).parent
FREQUENT = [
    line
    for line in (HERE / "frequent.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
LONG_WORDS = (HERE / "long.txt").read_text("utf-8").split()
THINGS = (HERE / "things.txt").read_text("utf-8").split()


@pytest.mark.parametrize("minimum", [PUPIL, ADULT, HELPER])
def test_frequent_passwords_are_refused(minimum: int) -> None:
    """PWD-05."""
    permitted = [password for password in FREQUENT if len(password) >= minimum]
    accepted = [password for password in permitted if judge(password, Person(), minimum).accepted]
    assert (accepted, len(permitted) > 90) == ([], True)


def test_frequent_passwords_in_capitals_with_a_sign_are_refused() -> None:
    """PWD-05: the trimmings that composition rules taught people change nothing."""
    dressed = [f"{password.capitalize()}!" for password in FREQUENT]
    assert [word for word in dressed if judge(word, Person(), PUPIL).accepted] == []


@pytest.mark.parametrize("minimum", [PUPIL, ADULT, HELPER])
@pytest.mark.parametrize("ending", ["", "1", "13", "123", "2010", "!", "2027!"])
def test_one_word_however_long_is_refused(minimum: int, ending: str) -> None:
    """PWD-05: a word is one guess, not one more for each of its letters."""
    permitted = [word + ending for word in LONG_WORDS if len(word + ending) >= minimum]
    assert [word for word in permitted if judge(word, Person(), minimum).accepted] == []
    assert len(permitted) >= 3


@pytest.mark.parametrize(
    "password",
    [
        "montagne-vaincre",
        "ArbreRéalise",
        "danseur.pluvieux",
        "trottoir_mouillé!",
        "chaussette-gagnante",
        "PanneauGlissant12",
        "facteur-matinal2012",
    ],
)
def test_two_words_of_any_kind_are_refused(password: str) -> None:
    """PWD-16: verbs and adjectives are words too."""
    assert not judge(password, Person(), ADULT).accepted


@pytest.mark.parametrize(
    "password",
    [
        "danseur-trottoir-mouillé",
        "facteur vaincre montagne",
        "glissant.panneau.gagnante",
        "kinésithérapeute-trottoir-lune",
        "chaussettemontagnefacteur",
    ],
)
def test_third_word_of_any_kind_is_enough(password: str) -> None:
    """PWD-03, PWD-16."""
    assert judge(password, Person(), HELPER).accepted


@pytest.mark.parametrize("name", ["zinedinezidane10", "JaimeMaMaman!", "iloveyouforever!"])
def test_what_could_be_cut_into_three_words_is_read_with_fewer(name: str) -> None:
    """PWD-05: a big vocabulary must not make a phrase of everything."""
    assert not judge(name, Person(), ADULT).accepted


@pytest.mark.parametrize("separator", ["-", " ", ".", "_"])
@pytest.mark.parametrize("minimum", [PUPIL, ADULT, HELPER])
def test_three_unrelated_words_are_accepted(separator: str, minimum: int) -> None:
    """PWD-03, PWD-16: at most one in a hundred is refused by bad luck."""
    dice = random.Random(minimum)  # noqa: S311 the same phrases each time
    phrases = [separator.join(dice.sample(THINGS, 3)) for _ in range(200)]
    permitted = [phrase for phrase in phrases if len(phrase) >= minimum]
    refused = [phrase for phrase in permitted if not judge(phrase, Person(), minimum).accepted]
    assert len(refused) <= 2, refused


@pytest.mark.parametrize("words", [3, 4])
def test_words_run_together_are_accepted(words: int) -> None:
    dice = random.Random(words)  # noqa: S311 the same phrases each time
    phrases = ["".join(dice.sample(THINGS, words)) for _ in range(200)]
    refused = [phrase for phrase in phrases if not judge(phrase, Person(), PUPIL).accepted]
    assert len(refused) <= 2, refused


def test_two_ordinary_words_are_refused() -> None:
    dice = random.Random(2)  # noqa: S311 the same phrases each time
    listed = [thing for thing in THINGS if thing in vocabulary().words]
    ends = ("", "12", "2012", "!")
    phrases = ["-".join(dice.sample(listed, 2)) + dice.choice(ends) for _ in range(200)]
    assert [phrase for phrase in phrases if judge(phrase, Person(), PUPIL).accepted] == []


def test_random_characters_are_accepted() -> None:
    """PWD-16: twelve random characters, as a password manager makes them."""
    dice = random.Random(12)  # noqa: S311 the same strings each time
    signs = string.ascii_letters + string.digits + "#%&*+-=?@"
    made = ["".join(dice.choices(signs, k=12)) for _ in range(300)]
    refused = [password for password in made if not judge(password, Person(), ADULT).accepted]
    assert len(refused) <= 3, refused
