"""The one place that calls zxcvbn, so that it can be replaced."""

from collections.abc import Sequence

# It takes 7 ms for 64 random digits, 17 ms for 100, and no score changes beyond.
STUDIED_LENGTH = 64


def score(password: str, inputs: Sequence[str]) -> int:
    """Return zxcvbn's score, 0 (guessed at once) to 4, on the first 64 characters.

    Imported at first use: the web process pays nothing until a password is chosen.
    """
    from zxcvbn_rs_py import zxcvbn  # noqa: PLC0415 lazy on purpose

    return int(zxcvbn(password[:STUDIED_LENGTH], list(inputs)).score)
