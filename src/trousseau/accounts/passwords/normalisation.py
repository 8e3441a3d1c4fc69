"""One written form for each password, and the folded form in which words are recognised."""

import unicodedata

MAX_LENGTH = 1024
# NFKC composes at most four code points into one, so anything longer than this cannot fit.
MAX_RAW_LENGTH = 4 * MAX_LENGTH

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_DISGUISES = str.maketrans("01345@$!789", "oleasasitbg")


def normalise(password: str) -> str:
    """Return the NFKC form, so that the same text typed on two systems is the same password.

    Source: PWD-04 (NIST SP 800-63B-4 §3.1.1.2). ASVS 6.2.8 would keep the password exactly as
    received; we follow NIST because French keyboards and phones compose accents differently.
    """
    return unicodedata.normalize("NFKC", password)


def fold(text: str) -> str:
    """Drop case and accents: `Été` becomes `ete`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def undisguise(folded: str) -> tuple[str, str]:
    """Return the two readings of a folded text whose letters were swapped for look-alikes.

    Two, because `1` stands for `l` as often as for `i`. Lengths never change.
    """
    return folded.translate(_DISGUISES), folded.replace("1", "i").translate(_DISGUISES)
