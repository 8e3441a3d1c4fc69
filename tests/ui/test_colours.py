"""An organisation's colour, readable whatever it is."""

import colorsys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trousseau.ui.colours import (
    DARK_CARD,
    DEFAULT_ACCENT,
    LIGHT_CARD,
    TEXT_CONTRAST,
    accent_tokens,
    contrast,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def hue(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)[0]


@given(colour=COLOURS)
@example("#000000")
@example("#ffffff")
@example("#808080")
@example("#777777")
@example("#ffff00")
@example("#0000ff")
def test_accent_tokens_every_colour_is_readable_in_both_themes(colour: str) -> None:
    """ACC-13: text in the accent on the card, and the accent's ink on the accent, 4.5:1."""
    tokens = accent_tokens(colour)
    for accent, card in (("--accent", LIGHT_CARD), ("--accent-dark", DARK_CARD)):
        assert contrast(tokens[accent], card) >= TEXT_CONTRAST
        assert contrast(tokens[accent], tokens[f"{accent}-ink"]) >= TEXT_CONTRAST


@pytest.mark.parametrize("colour", ["#0b645e", "#b3001b", DEFAULT_ACCENT])
def test_accent_tokens_readable_colour_stays_as_it_is(colour: str) -> None:
    assert accent_tokens(colour)["--accent"] == colour


@pytest.mark.parametrize("colour", ["#ffcc00", "#7fd1ae", "#ff69b4", "#00ffff"])
def test_accent_tokens_light_colour_is_darkened_and_keeps_its_hue(colour: str) -> None:
    darkened = accent_tokens(colour)["--accent"]
    assert darkened != colour
    assert hue(darkened) == pytest.approx(hue(colour), abs=0.02)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#123456", "#123456", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_the_standard(one: str, other: str, expected: float) -> None:
    """ACC-13: known values of WCAG's formula, the same both ways round."""
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)
    assert contrast(other, one) == contrast(one, other)
