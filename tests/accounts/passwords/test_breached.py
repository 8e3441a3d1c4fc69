"""The offline list of breached passwords (PWD-06)."""

from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.accounts.passwords.breached import BreachedList, build

# One line of a text file: whatever holds no line end.
LINES = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("breached")


@given(st.sets(LINES, max_size=40), st.sets(LINES, max_size=40))
def test_contains_exactly_what_was_listed(folder: Path, listed: set[str], others: set[str]) -> None:
    assert build((f"{line}\n" for line in listed), folder / "list") == len(listed)
    breached = BreachedList(folder / "list")
    assert {each for each in listed | others if breached.contains(each)} == listed


@given(st.lists(LINES, max_size=20), st.integers(0, 10**9))
def test_build_from_hashes_in_any_order_gives_the_same_file(
    folder: Path, words: list[str], count: int
) -> None:
    hashes = [sha1(word.encode(), usedforsecurity=False).hexdigest() for word in words]
    build(words, folder / "words")
    build([f"{each.upper()}:{count}\r\n" for each in reversed(hashes)], folder / "hashes")
    assert (folder / "words").read_bytes() == (folder / "hashes").read_bytes()


def test_build_counts_an_entry_once(folder: Path) -> None:
    assert build(["azerty\n", "azerty", "", "marseille"], folder / "once") == 2
    assert len(BreachedList(folder / "once")) == 2


def test_empty_list_contains_nothing(folder: Path) -> None:
    build([], folder / "empty")
    assert not BreachedList(folder / "empty").contains("azerty")


def test_build_interrupted_leaves_the_former_list(folder: Path) -> None:
    def broken_source() -> list[str]:
        raise OSError

    target = folder / "kept"
    build(["azerty"], target)
    with pytest.raises(OSError):  # noqa: PT011 any message
        build((line for _ in range(1) for line in broken_source()), target)
    assert BreachedList(target).contains("azerty")
    assert list(folder.glob("*.part")) == []


def test_file_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "other").write_text("azerty")
    with pytest.raises(ValueError, match="not a list of 8-byte prefixes"):
        BreachedList(folder / "other")


def test_missing_file_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BreachedList(folder / "nowhere")
