"""The seals: what they are computed from, under which key. No database here.

Every digest is an HMAC: whoever can write the tables, but does not know the key, can neither
make an event look sealed nor guess an address from its digest. docs/decisions/audit-chain.md.
"""

import hashlib
import hmac
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from django.conf import settings

# Facts that tell of a person, which pseudonymisation takes out with address and browser.
PERSONAL_FACTS = frozenset({"to", "identity"})
_PERSONAL = ("address", "agent")
_SEALED = ("number", "sealed_at", "reached", "open", "leaves_digest", "previous")
_LEAF = struct.Struct(">Q32s32s")
_PURPOSE = b"trousseau.audit.chain 1"


class Leaf(NamedTuple):
    """An event under a seal: its number, what happened, and the traces of the person."""

    event: int
    deed: bytes
    traces: bytes


@dataclass(frozen=True)
class Key:
    """A key of the chain, derived from a secret of the installation."""

    secret: bytes

    @classmethod
    def derived(cls, material: str) -> Self:
        """Return the key that a secret of the configuration stands for."""
        return cls(hmac.digest(material.encode(), _PURPOSE, "sha256"))

    @property
    def name(self) -> str:
        """What a seal says it was made with; it gives nothing of the key away."""
        return hmac.digest(self.secret, b"name", "sha256").hex()[:16]

    def leaf(self, number: int, record: Mapping[str, Any]) -> Leaf:
        """Return the leaf of an event, from its number and its record (`records.of_event`)."""
        deed, traces = _parts(number, record)
        return Leaf(number, self._mac(b"deed", deed), self._mac(b"traces", traces))

    def blanking(self, number: int, record: Mapping[str, Any]) -> str:
        """Return the proof that the traces in an event were taken out by us."""
        return self._mac(b"blanked", _parts(number, record)[0]).hex()

    def head(self, seal: Mapping[str, Any]) -> str:
        """Return the head of a seal, from its record (`records.of_segment`)."""
        return self._mac(b"head", {name: seal[name] for name in _SEALED}).hex()

    def amendment(self, number: int, purged: list[int], *, emptied: bool) -> str:
        """Return the proof that these events of a segment were removed by us."""
        said = {"number": number, "purged": purged, "emptied": emptied}
        return self._mac(b"amended", said).hex()

    def closing(self, running: str) -> str:
        """Return the last line's proof for an export with this digest of all lines before."""
        return self._mac(b"export", {"lines": running}).hex()

    def _mac(self, purpose: bytes, said: Mapping[str, Any]) -> bytes:
        return hmac.digest(self.secret, purpose + b"\n" + canonical(said), "sha256")


def key() -> Key:
    """Return the key under which seals are made now."""
    return Key.derived(settings.AUDIT_KEY or settings.SECRET_KEY)


def known_keys() -> dict[str, Key]:
    """Return every key that is configured, the former ones too, by name."""
    keys = [key(), *map(Key.derived, settings.AUDIT_FORMER_KEYS)]
    return {one.name: one for one in keys}


def packed(leaves: Iterable[Leaf]) -> bytes:
    """Return leaves as a segment keeps them, 72 bytes each."""
    return b"".join(_LEAF.pack(*leaf) for leaf in leaves)


def unpacked(leaves: bytes) -> Iterator[Leaf]:
    """Return the leaves of a segment; of damaged ones as many as are whole."""
    whole = len(leaves) - len(leaves) % _LEAF.size
    return (Leaf(*one) for one in _LEAF.iter_unpack(leaves[:whole]))


def digest(leaves: bytes) -> str:
    """Return what a head says of its leaves, so that they can go once their events have."""
    return hashlib.sha256(leaves).hexdigest()


def is_blank(record: Mapping[str, Any]) -> bool:
    """Tell whether an event holds no trace of a person."""
    return not any(record[name] for name in _PERSONAL) and not PERSONAL_FACTS & set(record["facts"])


def canonical(said: Mapping[str, Any]) -> bytes:
    """Return the one way to write something down as JSON."""
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _parts(number: int, record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    facts = record["facts"]
    deed = {name: value for name, value in record.items() if name not in _PERSONAL}
    deed |= {
        "id": number,
        "facts": {name: value for name, value in facts.items() if name not in PERSONAL_FACTS},
    }
    traces = {name: record[name] for name in _PERSONAL} | {
        "id": number,
        "facts": {name: value for name, value in facts.items() if name in PERSONAL_FACTS},
    }
    return deed, traces
