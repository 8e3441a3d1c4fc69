"""How many guesses a French password takes, by its cheapest reading.

zxcvbn knows English only. This estimate reads a password as a chain of pieces (little words, words,
names, dates, keyboard walks, repetitions, unknown words), charges each piece the bits an informed
guesser needs, and keeps the cheapest chain. Source: PWD-05, PWD-16.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from math import comb, inf, log2

from trousseau.accounts.passwords.normalisation import fold, undisguise
from trousseau.accounts.passwords.patterns import digits_cost, period, sequence_costs, walk_costs
from trousseau.accounts.passwords.vocabulary import (
    INTIMATE,
    LETTERS,
    WORD,
    Vocabulary,
    letter_index,
    vocabulary,
)

# Three ordinary words pass, two with a year and a full stop do not.
ENOUGH = 31.0
# No reading but chance: eight random characters of three kinds.
PLENTY = 34.0
STUDIED_LENGTH = 64

_PERSONAL = 1.0
_REPEAT = 1.0
_RECALL, _RECALL_LETTERS = 3.0, 4
_DISGUISE = 2.0
# The words and names of every language together are some four million: 22 bits.
_ONE_WORD = 22.0
_ONE_WORD_LETTERS = 10
_LETTER_BEYOND = 3.5
_SPEAKABLE_LETTER = 4.3
_LONGEST_UNKNOWN = 24
_OTHER_SCRIPT_LETTER = 3.5
_PHRASE, _PLAIN_LETTERS = 3, 3
_FIRST_SEPARATOR, _SAME_SEPARATOR, _SYMBOL = 1.5, 0.3, 4.0
_SEPARATORS = " -_.,;:/+'"
# A digit between two words is an ornament, between two letters it is chance.
_INNER_DIGIT, _WORD_LETTERS = 3.3, 3
_BACKWARDS, _INTERLEAVED = 1.0, 3.0
_VARIANTS_LENGTH = 32

Piece = tuple[int, float, str]


@dataclass(frozen=True)
class Estimate:
    """The bits of the cheapest reading, and the kinds of pieces it is made of."""

    bits: float
    kinds: frozenset[str]


def estimate(password: str, personal: AbstractSet[str] = frozenset()) -> Estimate:
    """Return the cheapest reading of the first 64 characters.

    `personal` holds folded words and digits about the person; they cost next to nothing.
    """
    text = password[:STUDIED_LENGTH]
    if not any(map(str.isalpha, text)):
        # 14/07/1789 is the date 14071789.
        text = "".join(filter(str.isdigit, text)) or text
    folded = fold(text)[:STUDIED_LENGTH]
    raised = [place for place, char in enumerate(text) if char.isupper()]
    humps = frozenset(raised) if all(_opens_word(text, place) for place in raised) else frozenset()
    readings = [(folded, humps if len(folded) == len(text) else frozenset(), 0.0)]
    if len(folded) <= _VARIANTS_LENGTH:
        readings.append((folded[::-1], frozenset(), _BACKWARDS))
        readings.append((folded[::2] + folded[1::2], frozenset(), _INTERLEAVED))
    capitals = 0.0 if humps else _capitals_cost(sum(map(str.isalpha, text)), len(raised))
    lists = vocabulary()
    found = []
    for reading, cuts, extra in readings:
        cheapest = _Reader(reading, cuts, lists, personal).cheapest()
        found.append(Estimate(cheapest.bits + extra + capitals, cheapest.kinds))
    return min(found, key=lambda each: each.bits)


def _capitals_cost(letters: int, raised: int) -> float:
    """Charge for the choice of the letters that are raised: nothing when all or none are."""
    return log2(comb(letters, raised))


def _opens_word(text: str, place: int) -> bool:
    follows = text[place + 1 : place + 3]
    if place == 0:
        return not follows.isupper()
    return not text[place - 1].isupper() and follows.isalpha() and follows.islower()


class _Reader:
    """Finds the cheapest chain of pieces over one folded text, from left to right."""

    def __init__(
        self, text: str, cuts: AbstractSet[int], lists: Vocabulary, personal: AbstractSet[str]
    ) -> None:
        self.text = text
        self.lists = lists
        self.personal = personal
        self.longest = max(map(len, personal), default=0)
        self.disguises = [reading for reading in undisguise(text) if reading != text]
        self.runs = dict(_runs(text, cuts))
        runs = [text[start:end] for start, (end, _) in self.runs.items()]
        self.said_again = {
            start for place, start in enumerate(self.runs) if runs[place] in runs[:place]
        }
        self.letters_end = {
            place: end
            for start, (end, kind) in self.runs.items()
            if kind == "letters"
            for place in range(start, end)
        }
        self.speech = list(accumulate(map(self._pair_cost, pairwise(text)), initial=0.0))

    def cheapest(self) -> Estimate:
        size = len(self.text)
        bits = [0.0, *[inf] * size]
        came: list[tuple[int, str]] = [(0, "")] * (size + 1)
        for place in range(size):
            for end, cost, kind in self._pieces(place):
                if bits[place] + cost < bits[end]:
                    bits[end] = bits[place] + cost
                    came[end] = (place, kind)
        kinds = set()
        place = size
        while place:
            place, kind = came[place]
            kinds.add(kind)
        return Estimate(bits[size], frozenset(kinds))

    def _pieces(self, place: int) -> Iterator[Piece]:
        end, kind = self.runs.get(place, (0, ""))
        whole = self.text[place:end]
        if kind == "letters" and (piece := self._whole_run(whole)):
            # Words between separators are those words, never the little ones they may contain.
            if place in self.said_again:
                piece = (min(_RECALL, piece[0]), "repeat")
            return chain([(end, *piece)], self._disguised_words(place))
        return chain(
            self._words(place),
            self._disguised_words(place),
            self._unknown(place),
            self._other_run(place),
            self._patterns(place),
        )

    def _whole_run(self, run: str) -> tuple[float, str] | None:
        if run in self.lists.words or run in self.personal:
            return self._word_cost(run)
        cost = self._plain_phrase_cost(run)
        return (cost, "word") if cost else None

    def _plain_phrase_cost(self, run: str) -> float:
        """Return the cost of three different ordinary words written as one, 0 for anything else.

        Without this, three short words would pass for one long unknown word. Of two ways to cut
        the run, the one with fewer words holds, first names included: `zinedine` is no phrase.
        """
        covers: list[frozenset[str] | None] = [frozenset(), *[None] * len(run)]
        for end in range(_PLAIN_LETTERS, len(run) + 1):
            for start in range(end - _PLAIN_LETTERS + 1):
                so_far, word = covers[start], run[start:end]
                if so_far is not None and self.lists.words.get(word, 0.0) >= INTIMATE:
                    covers[end] = min(so_far | {word}, covers[end] or so_far | {word}, key=len)
        costs = [self.lists.words[word] for word in covers[-1] or ()]
        return sum(costs) if sum(cost >= WORD for cost in costs) >= _PHRASE else 0.0

    def _words(self, place: int) -> Iterator[Piece]:
        for end in range(place + 1, self._furthest(place) + 1):
            word = self.text[place:end]
            if word in self.lists.words or word in self.personal:
                yield end, *self._word_cost(word)

    def _disguised_words(self, place: int) -> Iterator[Piece]:
        for reading in self.disguises:
            for end in range(place + 2, self._furthest(place) + 1):
                word, typed = reading[place:end], self.text[place:end]
                listed = word in self.lists.words or word in self.personal
                if listed and word != typed and not typed.isdigit():
                    cost, kind = self._word_cost(word)
                    yield end, cost + _DISGUISE, kind

    def _furthest(self, place: int) -> int:
        return min(len(self.text), place + max(self.lists.longest, self.longest))

    def _word_cost(self, word: str) -> tuple[float, str]:
        if word in self.personal:
            return _PERSONAL, "personal"
        return self.lists.words[word], "word"

    def _unknown(self, place: int) -> Iterator[Piece]:
        stop = min(self.letters_end.get(place, 0), place + _LONGEST_UNKNOWN)
        for end in range(place + 1, stop + 1):
            yield end, self._unknown_cost(place, end), "unknown"

    def _unknown_cost(self, place: int, end: int) -> float:
        letters = end - place
        edges = self._edge_cost(place, first=True) + self._edge_cost(end - 1, first=False)
        spoken = self.speech[end - 1] - self.speech[place] + edges
        if spoken > _SPEAKABLE_LETTER * (letters + 1):
            return spoken
        return min(spoken, _ONE_WORD + _LETTER_BEYOND * max(0, letters - _ONE_WORD_LETTERS))

    def _pair_cost(self, pair: tuple[str, str]) -> float:
        first, second = map(letter_index, pair)
        if not second:
            return _OTHER_SCRIPT_LETTER
        return self.lists.bigrams[first * LETTERS + second]

    def _edge_cost(self, place: int, *, first: bool) -> float:
        letter = letter_index(self.text[place])
        if not letter:
            return _OTHER_SCRIPT_LETTER if first else 0.0
        return self.lists.bigrams[letter if first else letter * LETTERS]

    def _other_run(self, place: int) -> Iterator[Piece]:
        end, kind = self.runs.get(place, (0, ""))
        run = self.text[place:end]
        if kind == "digits":
            if run in self.personal:
                yield end, _PERSONAL, "personal"
            yield end, self._digits_cost(place, run), kind
        elif kind == "symbols":
            yield end, self._symbols_cost(place, run), kind

    def _digits_cost(self, place: int, run: str) -> float:
        before, after = self.text[:place], self.text[place + len(run) :]
        between = before[-1:].isalpha() and after[:1].isalpha()
        if between and not (before[-_WORD_LETTERS:] + after[:_WORD_LETTERS]).isalpha():
            return _INNER_DIGIT * len(run)
        return digits_cost(run)

    def _symbols_cost(self, place: int, run: str) -> float:
        if run in self.text[:place]:
            return _SAME_SEPARATOR
        inside = place > 0 and place + len(run) < len(self.text)
        different = period(run)
        if different > 1 or (inside and run not in _SEPARATORS):
            return _SYMBOL * different
        return _FIRST_SEPARATOR

    def _patterns(self, place: int) -> Iterator[Piece]:
        for end, cost in walk_costs(self.text, place):
            yield end, cost, "walk"
        for end, cost in sequence_costs(self.text, place):
            yield end, cost, "walk"
        for size in range(1, min(place, len(self.text) - place) + 1):
            block = self.text[place - size : place]
            # A doubled letter is mere spelling: three in a row are a pattern.
            if self.text.startswith(block, place) and (size > 1 or block * 3 in self.text):
                yield place + size, _REPEAT, "repeat"
        if not self.text[place].isalnum():
            return
        for end in range(place + _RECALL_LETTERS, len(self.text) + 1):
            if self.text.find(self.text[place:end], 0, place) < 0:
                break
            yield end, _RECALL, "repeat"


def _runs(text: str, cuts: AbstractSet[int]) -> Iterator[tuple[int, tuple[int, str]]]:
    """Yield where each run of letters, digits or symbols starts, then its end and kind."""
    start = 0
    for end in range(1, len(text) + 1):
        kind = _kind(text[start])
        if end == len(text) or end in cuts or _kind(text[end]) != kind:
            yield start, (end, kind)
            start = end


def _kind(char: str) -> str:
    if char.isalpha():
        return "letters"
    return "digits" if char.isdigit() and char.isascii() else "symbols"
