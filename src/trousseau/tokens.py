"""One-time secrets: minted from the system's random source, kept only as digests.

A secret carries at least 192 bits, so a plain SHA-256 is enough at rest (REC-04, REC-08).
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple

SECRET_BYTES = 24
# No letter or digit that can be taken for another when read aloud or copied by hand.
READABLE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 8


class Minted(NamedTuple):
    """A fresh secret for its holder, and the digest for the database."""

    secret: str
    digest: str


def mint() -> Minted:
    """Return a new unguessable secret, URL-safe, with its digest."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return Minted(secret, digest(secret))


def digest(secret: str) -> str:
    """Return the hexadecimal digest (64 characters) under which a secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, stored_digest: str) -> bool:
    """Tell in constant time whether a secret has this digest (STO-07)."""
    return hmac.compare_digest(digest(secret), stored_digest)


def public_id() -> str:
    """Return an opaque identifier, 16 characters, safe to show in a URL."""
    return secrets.token_hex(8)


def reference() -> str:
    """Return a short reference a person can read out on the telephone: `K7PX-4QMA`."""
    letters = [secrets.choice(READABLE_ALPHABET) for _ in range(REFERENCE_LENGTH)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
