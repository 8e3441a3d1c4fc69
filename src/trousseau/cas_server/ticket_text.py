"""The text of tickets: made, recognised and digested here, kept nowhere.

A ticket is worked out from a random seed, which is stored, and the installation's secret key,
which is not. So the database alone opens nothing, and yet the server can say again which
ticket opened an application's session: single logout needs that long after the ticket is
spent (docs/decisions/cas-tickets.md).
"""

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from trousseau import tokens

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SEED_BYTES = 24


class Kind(StrEnum):
    """What a ticket is for: one kind is never taken for another (TOK-02)."""

    SERVICE = "ST"
    PROXY = "PT"
    GRANTING = "PGT"
    GRANTING_IOU = "PGTIOU"


# Service tickets fit into the 32 characters that every client must take, and hold 172 bits;
# the others may have 64.
LENGTHS = {Kind.SERVICE: 29, Kind.PROXY: 29, Kind.GRANTING: 43, Kind.GRANTING_IOU: 43}
_SHAPES = {kind: re.compile(rf"{kind}-[A-Za-z0-9-]{{8,253}}") for kind in Kind}


class Minted(NamedTuple):
    """A fresh ticket for its holder, and what the database keeps of it."""

    text: str
    seed: str
    digest: str


def mint(kind: Kind, secret_key: str) -> Minted:
    """Return a new ticket of a kind."""
    seed = secrets.token_hex(SEED_BYTES)
    text = derive(kind, seed, secret_key)
    return Minted(text, seed, tokens.digest(text))


def mint_iou() -> str:
    """Return a name for a proxy granting ticket, from which the ticket cannot be worked out."""
    length = LENGTHS[Kind.GRANTING_IOU]
    return f"{Kind.GRANTING_IOU}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def derive(kind: Kind, seed: str, secret_key: str) -> str:
    """Return the ticket that a seed stands for."""
    message = f"{kind}:{seed}".encode()
    number = int.from_bytes(hmac.digest(_key(secret_key), message, "sha512"))
    letters = []
    for _ in range(LENGTHS[kind]):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return f"{kind}-{''.join(letters)}"


def has_shape(text: str, *kinds: Kind) -> bool:
    """Tell whether a text could be a ticket of one of the kinds."""
    return any(_SHAPES[kind].fullmatch(text) for kind in kinds)


@lru_cache(maxsize=4)
def _key(secret_key: str) -> bytes:
    return hashlib.sha256(b"trousseau.cas_server.tickets:" + secret_key.encode()).digest()
