"""The one place that calls zxcvbn, so that it can be replaced."""

from collections.abc import Sequence

STUDIED_LENGTH = 100


def score(password: str, inputs: Sequence[str]) -> int:
    """Return zxcvbn's score, 0 (guessed at once) to 4, on the first hundred characters.

    Imported at first use: the web process pays nothing until a password is chosen.
    """
    from zxcvbn_rs_py import zxcvbn  # noqa: PLC0415 lazy on purpose

    return int(zxcvbn(password[:STUDIED_LENGTH], list(inputs)).score)
