"""An organisation's colour, moved until text on it can be read (WCAG 1.4.3, 1.4.11)."""

import colorsys
from collections.abc import Mapping
from functools import lru_cache

# The accent of the stylesheet where an organisation has none of its own.
DEFAULT_ACCENT = "#1f4f68"
WHITE, NEAR_BLACK = "#ffffff", "#141210"
# The card of the page in the light and the dark theme, which the colour lies on.
LIGHT_CARD, DARK_CARD = "#fffefb", "#24211e"
TEXT_CONTRAST = 4.5
_STEPS = 100

Rgb = tuple[float, float, float]


@lru_cache(maxsize=1024)
def accent_tokens(colour: str) -> Mapping[str, str]:
    """Return the custom properties for an accent, readable in both themes.

    In each theme the accent keeps its hue and is made darker (or lighter) until it stands out
    from the page with 4.5:1, and its ink is whichever of white and near-black reads better.
    """
    light = _moved(colour, LIGHT_CARD, towards=0.0)
    dark = _moved(colour, DARK_CARD, towards=1.0)
    return {
        "--accent": light,
        "--accent-ink": _ink(light),
        "--accent-dark": dark,
        "--accent-dark-ink": _ink(dark),
    }


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _moved(colour: str, background: str, towards: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    for step in range(_STEPS + 1):
        share = step / _STEPS
        moved = lightness + (towards - lightness) * share
        candidate = _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(candidate, background) >= TEXT_CONTRAST and _readable(candidate):
            return candidate
    return NEAR_BLACK if towards == 0.0 else WHITE


def _readable(colour: str) -> bool:
    return contrast(colour, _ink(colour)) >= TEXT_CONTRAST


def _ink(colour: str) -> str:
    return max((WHITE, NEAR_BLACK), key=lambda ink: contrast(colour, ink))


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92
        if part <= 0.04045  # noqa: PLR2004 - the curve of sRGB
        else ((part + 0.055) / 1.055) ** 2.4
        for part in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)
