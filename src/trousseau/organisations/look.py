"""An organisation's colour, made readable, in a stylesheet of its own.

The policy against inline code leaves no room for a `style` in the page, and a second
stylesheet would be one request more on the slowest phone: so the product's sheet is served
with the organisation's colours at its end, once for ever under a name made of its content.
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from trousseau.ui import colours

STYLESHEET = Path(__file__).resolve().parent.parent / "ui/static/ui/trousseau.css"


class Sheet(NamedTuple):
    """A stylesheet ready to be sent."""

    digest: str
    plain: bytes
    packed: bytes


@lru_cache(maxsize=256)
def sheet(colour: str) -> Sheet:
    """Return the stylesheet for an organisation's colour (`#rrggbb`, or empty for the default)."""
    text = STYLESHEET.read_text(encoding="utf-8")
    if colour:
        tokens = colours.accent_tokens(colour)
        text += ":root{" + "".join(f"{name}:{value};" for name, value in tokens.items()) + "}\n"
    plain = text.encode()
    return Sheet(hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, 9, mtime=0))
