"""The policy as every path sees it: `judge` and its verdicts."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.accounts.passwords import (
    MAX_LENGTH,
    BreachedList,
    Person,
    Verdict,
    configure,
    judge,
    normalise,
)
from trousseau.accounts.passwords.breached import build

PUPIL, ADULT, HELPER = 8, 12, 15
NOBODY = Person()
LEO = Person(
    username="leo.mariani",
    given_name="Léo",
    family_name="Mariani-Santoni",
    email=("the.kite@voltigeurs.example",),
    birth_date=date(2011, 3, 12),
    context=("ENT LEIA", "Collège Philippe Pescetti", "Cervione"),
)


def test_password_accepted_says_so() -> None:
    assert judge("cerise-tambour-lagune-42", NOBODY, HELPER) == Verdict(
        accepted=True, score=4, reason="", message="Very good password."
    )


def test_password_too_short_says_how_long() -> None:
    """PWD-01, PWD-08."""
    verdict = judge("xK9#mQ2vLp", NOBODY, ADULT)
    assert (verdict.reason, verdict.message) == (
        "too_short",
        "A little longer: at least 12 characters.",
    )


def test_password_of_exactly_the_minimum_is_long_enough() -> None:
    assert judge("xK9#mQ2vLp", NOBODY, 10).accepted


def test_length_counts_code_points_after_composition() -> None:
    """PWD-03, PWD-04: eight letters typed with separate accents are eight characters."""
    decomposed = unicodedata.normalize("NFD", "éèàùâêîô")
    assert len(decomposed) == 16
    assert judge(decomposed, NOBODY, 9).reason == "too_short"


def test_password_of_the_maximum_length_is_accepted() -> None:
    """PWD-02."""
    phrase = "galet brume piano vitrail tambour lagune moufle "
    assert judge((phrase * 30)[:MAX_LENGTH], NOBODY, HELPER).accepted


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, 10 * MAX_LENGTH, 1_000_000])
def test_password_too_long_is_refused_not_truncated(length: int) -> None:
    """PWD-02."""
    verdict = judge("galet-brume-piano-17".ljust(length, "é"), NOBODY, PUPIL)
    assert (verdict.reason, verdict.message) == ("too_long", "Too long: 1024 characters at most.")


@given(st.text(max_size=60))
def test_normalise_composed_and_decomposed_are_the_same_password(text: str) -> None:
    """PWD-04."""
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(text)


@given(st.text(max_size=1100), st.sampled_from([PUPIL, ADULT, HELPER]))
def test_judge_any_text_gives_a_whole_verdict(text: str, minimum: int) -> None:
    verdict = judge(text, LEO, minimum)
    assert verdict.accepted == (verdict.reason == "")
    assert verdict.message
    assert verdict.score in range(5)
    if verdict.accepted:
        assert verdict.score >= 2
        assert minimum <= len(normalise(text)) <= MAX_LENGTH


@pytest.mark.parametrize(
    "password",
    [
        "kayak-prune-vitrail-31",
        "moufle-soleil-cabane-64",
        "galet-brume-piano-17",
        "falaise-canard-ruban-27",
        "orage-velours-treize-8",
        "phare-citron-escalier-5",
        "chat lune pomme",
        "vitrailkayakprune",
        "SapinMoulinViolon",
        "été-ruisseau-mitaine",
        "xK9#mQ2vLp",
        "qzxvbtkwpm",
        "4718-2093-5566-1038",
    ],
)
def test_good_password_of_any_composition_is_accepted(password: str) -> None:
    """PWD-03."""
    assert judge(password, NOBODY, PUPIL).reason == ""


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("marseille13000", "common"),
        ("B0nj0ur!", "common"),
        ("lapin-voiture-2012", "common"),
        ("YAgjecc826", "common"),
        ("14/07/1789", "digits"),
        ("0612345678", "digits"),
        ("motdepassemotdepasse", "repeated"),
        ("!@#$!@#$", "repeated"),
        ("azeqsdwxc", "common"),
        ("nhybgtvfr", "keyboard"),
        ("wanderlei77", "guessable"),
    ],
)
def test_refusal_names_its_reason(password: str, reason: str) -> None:
    """PWD-05, PWD-08."""
    assert judge(password, NOBODY, PUPIL).reason == reason


@pytest.mark.parametrize("block", ["a", "ab", "aA1!", "!@#$%", "azerty", "👨👩", "01012010"])
def test_long_repetition_is_refused(block: str) -> None:
    """PWD-02: room for a long password is not room for a long nothing."""
    assert not judge((block * MAX_LENGTH)[:MAX_LENGTH], NOBODY, HELPER).accepted


def test_refused_password_never_looks_strong() -> None:
    assert judge("jesuislaplusbelle", NOBODY, PUPIL).score == 2


@pytest.mark.parametrize(
    "password",
    [
        "leo.mariani",
        "Mariani12032011",
        "m4r14n1-santoni",
        "inairam-leo",
        "santonileo2b",
        "voltigeurs!",
        "the.kite.kite",
        "pescetti20",
        "Cervione-Mariani-2011",
        "leia-pescetti-cervione",
        "mariani-galet",
    ],
)
def test_password_about_the_person_is_refused(password: str) -> None:
    """PWD-07."""
    assert judge(password, LEO, PUPIL).reason in {"personal", "common", "repeated"}


def test_password_about_the_person_only_is_called_personal() -> None:
    """PWD-07, PWD-08."""
    assert judge("leia-pescetti-cervione", LEO, PUPIL).reason == "personal"


def test_password_about_somebody_else_is_judged_on_its_words() -> None:
    assert judge("pescetti-voltigeurs-kite", NOBODY, PUPIL).accepted


def test_name_among_three_other_words_is_accepted() -> None:
    assert judge("mariani-galet-brume-piano", LEO, PUPIL).accepted


@given(
    st.text("abcdefghijklmnopqrstuvwxyzéèàç", min_size=5, max_size=20),
    st.sampled_from(["", "1", "12", "2011", "!", "123!"]),
)
def test_username_with_trimmings_is_refused(username: str, trimmings: str) -> None:
    """PWD-07."""
    assert not judge(username + trimmings, Person(username=username), PUPIL).accepted


@pytest.fixture
def breached_galet(tmp_path: Path) -> Iterator[None]:
    build(["galet-brume-piano-17"], tmp_path / "breached")
    configure(BreachedList(tmp_path / "breached"))
    yield
    configure(None)


@pytest.mark.usefixtures("breached_galet")
def test_breached_password_is_refused_whole_only() -> None:
    """PWD-06."""
    assert judge("galet-brume-piano-17", NOBODY, PUPIL).reason == "breached"
    assert judge("galet-brume-piano-18", NOBODY, PUPIL).accepted


def test_breached_list_absent_refuses_nothing_more() -> None:
    assert judge("galet-brume-piano-17", NOBODY, PUPIL).accepted


@pytest.mark.parametrize("example", ["vélo nuage tartine", "Bicycle cloud toast"])
def test_password_given_as_an_example_is_refused(example: str) -> None:
    """PWD-07."""
    assert judge(example, Person(), 12).reason == "common"
