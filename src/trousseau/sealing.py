"""Seal what must be read again, so that whoever holds the database alone learns nothing from it.

AES-SIV (RFC 5297) under a key made from the secret key: nothing else has to be kept, and a sealed
text is no longer than what a column of django-otp takes. `about` says whose it is: moved to
another row, it cannot be read.
"""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "trousseau.sealing"


class UnreadableError(Exception):
    """It was sealed for somebody else, or under a secret key that is not known any more."""


def seal(plain: bytes, about: str) -> bytes:
    """Return the bytes sealed: 16 more than they were."""
    return next(_boxes()).encrypt(plain, [about.encode()])


def unseal(sealed: bytes, about: str) -> bytes:
    """Return what was sealed under the present secret key or a former one.

    Raises UnreadableError.
    """
    for box in _boxes():
        try:
            return box.decrypt(sealed, [about.encode()])
        except InvalidTag:
            continue
    raise UnreadableError


def _boxes() -> Iterator[AESSIV]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield AESSIV(salted_hmac(SALT, "", secret=secret, algorithm="sha512").digest())
