"""How many guesses a French password takes, by its cheapest reading.

zxcvbn knows English only. This estimate reads a password as a chain of pieces (little words, words,
names, dates, keyboard walks, repetitions, unknown words), charges each piece the bits an informed
guesser needs, and keeps the cheapest chain. Source: PWD-05, PWD-16.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import accumulate, chain, groupby, pairwise
from math import comb, inf, log2

from .normalisation import fold, undisguise
from .patterns import digits_cost, period, sequence_costs, walk_costs
from .vocabulary import LETTERS, WORD, Vocabulary, letter_index, vocabulary

# Three ordinary words pass, two with a year and a full stop do not.
ENOUGH = 31.0
STUDIED_LENGTH = 64

_PERSONAL = 1.0
_REPEAT = 1.0
_RECALL, _RECALL_COST = 4, 3.0
_DISGUISE = 1.0
# The words and names of every language together are some four million: 22 bits.
_ONE_WORD = 22.0
_ONE_WORD_LETTERS = 10
_LETTER_BEYOND = 3.5
_SPEAKABLE_LETTER = 4.3
_LONGEST_UNKNOWN = 24
_OTHER_SCRIPT_LETTER = 3.5
_PHRASE, _PLAIN_LETTERS = 3, 4
_FIRST_SEPARATOR, _SAME_SEPARATOR, _SYMBOL = 1.0, 0.3, 4.0
_BACKWARDS, _INTERLEAVED = 1.0, 3.0
_VARIANTS_LENGTH = 32

Piece = tuple[int, float, str]


@dataclass(frozen=True)
class Estimate:
    """The bits of the cheapest reading, and the kinds of pieces it is made of."""

    bits: float
    kinds: frozenset[str]


def estimate(password: str, personal: Set[str] = frozenset()) -> Estimate:
    """Return the cheapest reading of the first 64 characters.

    `personal` holds folded words and digits about the person; they cost next to nothing.
    """
    folded = fold(password[:STUDIED_LENGTH])[:STUDIED_LENGTH]
    readings = [(folded, 0.0)]
    if len(folded) <= _VARIANTS_LENGTH:
        readings.append((folded[::-1], _BACKWARDS))
        readings.append((folded[::2] + folded[1::2], _INTERLEAVED))
    lists = vocabulary()
    capitals = _capitals_cost(password[:STUDIED_LENGTH])
    found = []
    for reading, extra in readings:
        cheapest = _Reader(reading, lists, personal).cheapest()
        found.append(Estimate(cheapest.bits + extra + capitals, cheapest.kinds))
    return min(found, key=lambda each: each.bits)


def _capitals_cost(text: str) -> float:
    """Charge nothing for usual capitals, else the choice of the letters that are raised."""
    letters = sum(map(str.isalpha, text))
    raised = [place for place, char in enumerate(text) if char.isupper()]
    if len(raised) in (0, letters) or all(_opens_word(text, place) for place in raised):
        return 0.0
    return log2(comb(letters, len(raised)))


def _opens_word(text: str, place: int) -> bool:
    follows = text[place + 1 : place + 3]
    return not text[place - 1 : place].isupper() and follows.isalpha() and follows.islower()


class _Reader:
    """Finds the cheapest chain of pieces over one folded text, from left to right."""

    def __init__(self, text: str, lists: Vocabulary, personal: Set[str]) -> None:
        self.text = text
        self.lists = lists
        self.personal = personal
        self.longest = max(map(len, personal), default=0)
        self.disguises = [reading for reading in undisguise(text) if reading != text]
        self.runs = dict(_runs(text))
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
        if kind == "letters" and (whole in self.lists.words or whole in self.personal):
            # A word between separators is that word, never the little words it may contain.
            return chain([(end, *self._word_cost(whole))], self._patterns(place))
        if kind == "letters" and (words := self._plain_words(whole)) >= _PHRASE:
            return chain([(end, words * WORD, "word")], self._patterns(place))
        return chain(
            self._words(place), self._unknown(place), self._other_run(place), self._patterns(place)
        )

    def _plain_words(self, run: str) -> int:
        """Count the fewest ordinary words, all different, that make a run; 0 when none do.

        Without this, three short words written as one would pass for one long unknown word.
        """
        covers: list[frozenset[str] | None] = [frozenset(), *[None] * len(run)]
        for end in range(_PLAIN_LETTERS, len(run) + 1):
            for start in range(end - _PLAIN_LETTERS + 1):
                so_far, word = covers[start], run[start:end]
                if so_far is not None and self.lists.words.get(word) == WORD:
                    covers[end] = min(so_far | {word}, covers[end] or so_far | {word}, key=len)
        return len(covers[-1] or ())

    def _words(self, place: int) -> Iterator[Piece]:
        furthest = min(len(self.text), place + max(self.lists.longest, self.longest))
        for end in range(place + 1, furthest + 1):
            word = self.text[place:end]
            if word in self.lists.words or word in self.personal:
                yield end, *self._word_cost(word)
            elif not word.isalpha() and not word.isdigit():
                for disguised in self.disguises:
                    if (word := disguised[place:end]) in self.lists.words or word in self.personal:
                        cost, kind = self._word_cost(word)
                        yield end, cost + _DISGUISE, kind

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
            personal = run in self.personal
            yield end, _PERSONAL if personal else digits_cost(run), "personal" if personal else kind
        elif kind == "symbols":
            yield end, self._symbols_cost(place, run), kind

    def _symbols_cost(self, place: int, run: str) -> float:
        if run in self.text[:place]:
            return _SAME_SEPARATOR
        return _FIRST_SEPARATOR if period(run) == 1 else _SYMBOL * len(run)

    def _patterns(self, place: int) -> Iterator[Piece]:
        for end, cost in walk_costs(self.text, place):
            yield end, cost, "walk"
        for end, cost in sequence_costs(self.text, place):
            yield end, cost, "walk"
        for size in range(1, min(place, len(self.text) - place) + 1):
            if self.text.startswith(self.text[place - size : place], place):
                yield place + size, _REPEAT, "repeat"
        for end in range(place + _RECALL, len(self.text) + 1):
            if self.text.find(self.text[place:end], 0, place) < 0:
                break
            yield end, _RECALL_COST, "repeat"


def _runs(text: str) -> Iterator[tuple[int, tuple[int, str]]]:
    place = 0
    for kind, chars in groupby(text, _kind):
        end = place + len(list(chars))
        yield place, (end, kind)
        place = end


def _kind(char: str) -> str:
    if char.isalpha():
        return "letters"
    return "digits" if char.isdigit() and char.isascii() else "symbols"
