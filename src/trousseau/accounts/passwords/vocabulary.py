"""The words people build passwords from, with what each one costs an informed guesser.

Costs are in bits. They are not frequencies: they are set so that two words with their usual
trimmings stay under `guessing.ENOUGH` and three unrelated words pass it.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from math import log2

from trousseau.accounts.passwords.normalisation import fold

SHORT_GLUE, GLUE, INTIMATE, NAME, WORD, RARE = 4.0, 3.0, 8.5, 9.0, 11.5, 13.5
# The later wins: a name that is also a thing (pierre, rose) keeps the cost of a
# thing, or a phrase of three things would be refused; a little word is always little.
_TIERS = (
    ("names", NAME),
    ("places", WORD),
    ("words", WORD),
    ("intimate", INTIMATE),
    ("glue", GLUE),
)
_SHORTEST_COMMON = 4
# French by frequency: the first words say nothing, the rare ones take a guesser longer. Beyond
# these, only long words matter: the estimate takes a short unknown one for a word anyway.
_SPEECH, _ORDINARY, _OF_ANY_LENGTH, _LONG = 150, 8_000, 40_000, 12
_SHORT = 2
LETTERS = 27


@dataclass(frozen=True)
class Vocabulary:
    """`words` gives each folded word its cost, `leaked` holds whole passwords no rule explains."""

    words: dict[str, float]
    leaked: frozenset[str]
    bigrams: tuple[float, ...]
    longest: int


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Load the lists at first use: 87,000 words, some 20 MB, half a second."""
    listed = {entry: WORD for entry in _django_common() if len(entry) >= _SHORTEST_COMMON}
    for tier, cost in _TIERS:
        listed.update(dict.fromkeys(_shipped(tier), cost))
    for word in _shipped("glue"):
        if len(word) <= _SHORT:
            listed[word] = SHORT_GLUE
    words = _french()
    words.update(listed)
    leaked = frozenset(_shipped("leaked"))
    return Vocabulary(words, leaked, _bigram_costs(listed), max(map(len, words)))


def _shipped(name: str) -> Iterator[str]:
    text = (files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            yield from map(fold, line.split())


def _django_common() -> Iterator[str]:
    packed = files("django.contrib.auth") / "common-passwords.txt.gz"
    for line in gzip.decompress(packed.read_bytes()).decode().splitlines():
        yield fold(line.strip())


def _french() -> dict[str, float]:
    """Return French words with their cost, by their rank in film and television subtitles."""
    costs: dict[str, float] = {}
    for rank, word in enumerate(_subtitles().split()):
        cost = NAME if rank < _SPEECH else WORD if rank < _ORDINARY else RARE
        costs.setdefault(fold(word), cost)
    return costs


def _subtitles() -> str:
    """Return the words worth knowing, the most frequent first.

    One string, so that the memory of the 140,000 counts is given back before words are kept.
    """
    packed = files("spellchecker") / "resources" / "fr.json.gz"
    counts: dict[str, int] = json.loads(gzip.decompress(packed.read_bytes()))
    ranked = enumerate(sorted(counts, key=counts.__getitem__, reverse=True))
    shortest = {True: _SHORTEST_COMMON, False: _LONG}
    return " ".join(word for rank, word in ranked if len(word) >= shortest[rank < _OF_ANY_LENGTH])


def letter_index(char: str) -> int:
    """Return 1-26 for a-z, else 0, which also stands for the edge of a word."""
    return ord(char) - 96 if "a" <= char <= "z" else 0


def _bigram_costs(words: Iterable[str]) -> tuple[float, ...]:
    pairs = Counter(
        (letter_index(first), letter_index(second))
        for word in words
        for first, second in pairwise(f" {word} ")
    )
    starts: Counter[int] = Counter()
    for (first, _), count in pairs.items():
        starts[first] += count
    return tuple(
        log2((starts[first] + LETTERS) / (pairs[first, second] + 1))
        for first in range(LETTERS)
        for second in range(LETTERS)
    )
