"""What people type when they do not type words: dates, sequences, keyboard walks."""

import re
from collections.abc import Iterator
from functools import lru_cache

_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(
    r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)?\d\d"
    r"|(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_PHONE = re.compile(r"0[1-9]\d{8}")
_KEYPAD_LINES = frozenset(
    (
        "789",
        "456",
        "147",
        "258",
        "369",
        "159",
        "357",
        "987",
        "654",
        "741",
        "852",
        "963",
        "951",
        "753",
    )
)
_DIGIT_ROWS = ("12345678901234567890", "09876543210987654321")
_RANDOM_DIGIT = 2.5
_CUT = 2.0
_SHORT = 4
_LONGEST_STUDIED = 24
_TRIPLE = 3
_WIDEST_STEP = 2

# Each row is shifted by half a key from the one above it. The fourth layout is the unshifted
# number row of a French keyboard, without its accents.
_LAYOUTS = (
    ("1234567890", "azertyuiop^$", "qsdfghjklm", "wxcvbn,;:!"),
    ("1234567890", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./"),
    ("1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"),
    ("&~\"'(-~_ca", "azertyuiop"),
)
_FIRST_KEY = 4.0
_TURN = 1.0


@lru_cache(maxsize=512)
def digits_cost(digits: str) -> float:
    """Return the bits that guessing one run of digits takes: 2.5 a digit at worst."""
    size = len(digits)
    if size <= _SHORT:
        known = _YEAR.fullmatch(digits) or digits in _DIGIT_ROWS[0] or period(digits) == 1
        return 2.0 if size == _SHORT and known else (0.0, 1.5, 2.0, 3.0, 4.0)[size]
    best = min(_RANDOM_DIGIT * size, _known_digits_cost(digits))
    for cut in range(2, min(size - 1, _LONGEST_STUDIED)):
        known_cost = _known_digits_cost(digits[:cut])
        if known_cost < best:
            best = min(best, known_cost + _CUT + digits_cost(digits[cut:]))
    return best


def _known_digits_cost(digits: str) -> float:
    block = period(digits)
    if block < len(digits):
        return 1.0 + digits_cost(digits[:block])
    if _YEAR.fullmatch(digits):
        return 2.0
    if digits in _KEYPAD_LINES or _is_sequence(digits):
        return 2.5
    if _DATE.fullmatch(digits):
        return 5.0
    return 7.0 if _PHONE.fullmatch(digits) else float("inf")


def period(text: str) -> int:
    """Return the length of the smallest block that makes the text, said twice or more.

    The last block may be cut short. A text that repeats nothing is its own block.
    """
    size = len(text)
    blocks = (block for block in range(1, size // 2 + 1) if text[block:] == text[: size - block])
    return next(blocks, size)


def _is_sequence(text: str) -> bool:
    return len(text) >= _TRIPLE and any(text in row for row in _DIGIT_ROWS)


def sequence_costs(text: str, start: int) -> Iterator[tuple[int, float]]:
    """Yield where the alphabetical sequences that begin at `start` may end, with their cost."""
    if start + _TRIPLE > len(text):
        return
    step = ord(text[start + 1]) - ord(text[start])
    if not 0 < abs(step) <= _WIDEST_STEP:
        return
    for end in range(start + 2, len(text) + 1):
        if ord(text[end - 1]) - ord(text[end - 2]) != step:
            return
        if end - start > _TRIPLE:
            yield end, _FIRST_KEY


def walk_costs(text: str, start: int) -> Iterator[tuple[int, float]]:
    """Yield where the keyboard walks that begin at `start` may end, with their cost.

    Three keys make a walk when they stand in line, four in any case.
    """
    cost, heading = _FIRST_KEY, 0
    for end in range(start + 2, len(text) + 1):
        direction = _TOUCHING.get(text[end - 2 : end])
        if direction is None:
            return
        if direction != heading:
            cost += _TURN
            heading = direction
        if end - start > _TRIPLE or (end - start == _TRIPLE and cost <= _FIRST_KEY + _TURN):
            yield end, cost


def _touching_keys() -> dict[str, int]:
    pairs: dict[str, int] = {}
    for layout in _LAYOUTS:
        keys = [
            (key, 2 * column + row, row)
            for row, line in enumerate(layout)
            for column, key in enumerate(line)
        ]
        for key, x, y in keys:
            for other, x2, y2 in keys:
                across, down = x2 - x, y2 - y
                if abs(across) + abs(down) == 2:  # noqa: PLR2004 half a key across, one row down
                    pairs.setdefault(key + other, 4 * across + down)
    return pairs


_TOUCHING = _touching_keys()
