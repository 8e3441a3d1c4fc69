"""The text of tickets."""

import re

import pytest

from trousseau import tokens
from trousseau.cas_server import ticket_text
from trousseau.cas_server.ticket_text import Kind


@pytest.mark.parametrize(
    ("kind", "longest"), [(Kind.SERVICE, 32), (Kind.PROXY, 32), (Kind.GRANTING, 64)]
)
def test_ticket_has_the_prefix_alphabet_and_length_of_the_protocol(
    kind: Kind, longest: int
) -> None:
    minted = ticket_text.mint(kind, "key")
    assert re.fullmatch(rf"{kind}-[A-Za-z0-9-]+", minted.text)
    assert len(minted.text) <= longest
    assert ticket_text.has_shape(minted.text, kind)
    assert minted.digest == tokens.digest(minted.text)


def test_ticket_follows_from_seed_and_key_together() -> None:
    minted = ticket_text.mint(Kind.SERVICE, "key")
    again = ticket_text.derive(Kind.SERVICE, minted.seed, "key")
    other_key = ticket_text.derive(Kind.SERVICE, minted.seed, "another key")
    assert (again == minted.text, other_key == minted.text) == (True, False)


def test_kinds_never_share_a_ticket() -> None:
    """TOK-02: the same seed gives another text for each kind, beyond the prefix."""
    seed = ticket_text.mint(Kind.SERVICE, "key").seed
    texts = {ticket_text.derive(kind, seed, "key").partition("-")[2] for kind in Kind}
    assert len(texts) == len(Kind)


def test_name_of_a_granting_ticket_fits_and_is_new_each_time() -> None:
    names = {ticket_text.mint_iou() for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch(r"PGTIOU-[A-Za-z0-9]{43}", name) for name in names)


@pytest.mark.parametrize(
    "text", ["", "ST-", "ST-short", "PT-12345678", "ST-é2345678", "ST-1234567\n", "st-12345678"]
)
def test_has_shape_of_a_service_ticket_is_strict(text: str) -> None:
    assert not ticket_text.has_shape(text, Kind.SERVICE)
