"""What can be wrong with one seal or one event by itself, of the database or of an export.

Everything compared here is a record (`audit.records`), which whoever tampers may have written.
"""

import hmac
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from trousseau.audit import chain
from trousseau.audit.chain import Key, Leaf

Record = Mapping[str, Any]


def seal_faults(seal: Record, keys: Mapping[str, Key]) -> Iterator[str]:
    """Yield what is wrong with a seal."""
    number, key = seal["number"], keys.get(seal["key"])
    if key is None:
        yield (
            f"segment {number} was sealed under the key {seal['key']}, which is not given: "
            "see TROUSSEAU_AUDIT_FORMER_KEYS"
        )
    elif not hmac.compare_digest(key.head(seal), seal["head"]):
        yield f"segment {number} is altered"
    leaves = bytes.fromhex(seal["leaves"])
    if not seal["emptied"] and chain.digest(leaves) != seal["leaves_digest"]:
        yield f"segment {number} is altered: its list of events"
    yield from amendment_faults(seal, keys.values())


def amendment_faults(seal: Record, keys: Collection[Key]) -> Iterator[str]:
    """Yield what is wrong with a segment's word on which of its events were over."""
    number, purged, emptied = seal["number"], seal["purged"], seal["emptied"]
    if not (purged or emptied or seal["amended"]):
        return
    if seal["amended"] not in [one.amendment(number, purged, emptied=emptied) for one in keys]:
        yield f"segment {number} is altered: which of its events were over"


def event_faults(
    leaf: Leaf, event: Record, blanked: str, key: Key, keys: Collection[Key]
) -> Iterator[str]:
    """Yield what is wrong with an event, held against its leaf."""
    present = key.leaf(leaf.event, event)
    if not hmac.compare_digest(present.deed, leaf.deed):
        yield f"event {leaf.event} ({event['tag']}, {event['at']}) is altered: what happened"
    if not blanked and hmac.compare_digest(present.traces, leaf.traces):
        return
    by_us = blanked in [one.blanking(leaf.event, event) for one in keys]
    if not (by_us and chain.is_blank(event)):
        yield f"event {leaf.event} ({event['tag']}, {event['at']}) is altered: the traces"
