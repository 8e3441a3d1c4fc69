import base64
import re

from hypothesis import given
from hypothesis import strategies as st

from trousseau import tokens

# Whatever a visitor puts into an address, lone surrogates included.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


def test_mint_secret_carries_192_random_bits() -> None:
    """REC-04: at least 128 bits from the system's random source."""
    secrets = [tokens.mint().secret for _ in range(100)]
    assert [len(base64.urlsafe_b64decode(secret)) for secret in secrets] == [24] * 100
    assert len(set(secrets)) == 100


def test_mint_secret_goes_into_an_address_as_it_is() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", tokens.mint().secret)


def test_mint_digest_is_what_the_database_keeps() -> None:
    """REC-08: only a digest of a secret of at least 112 bits is stored."""
    minted = tokens.mint()
    assert minted.digest == tokens.digest(minted.secret)
    assert re.fullmatch(r"[0-9a-f]{64}", minted.digest)
    assert minted.secret not in minted.digest


@given(ANY_TEXT)
def test_digest_any_text_has_one(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", tokens.digest(text))


@given(ANY_TEXT, ANY_TEXT)
def test_matches_only_the_very_same_text(one: str, other: str) -> None:
    """STO-07: compared by digest, without a shortcut for a wrong beginning."""
    assert tokens.matches(one, tokens.digest(one))
    assert tokens.matches(other, tokens.digest(one)) == (one == other)


def test_public_id_is_opaque_and_never_the_same() -> None:
    identifiers = [tokens.public_id() for _ in range(100)]
    assert all(re.fullmatch(r"[0-9a-f]{16}", identifier) for identifier in identifiers)
    assert len(set(identifiers)) == 100


def test_reference_holds_no_sign_taken_for_another() -> None:
    """It is read out on the telephone: no O for 0, no I or L for 1, no U for V."""
    references = [tokens.reference() for _ in range(200)]
    readable = re.compile(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}")
    assert [text for text in references if not readable.fullmatch(text)] == []
    assert len(set(references)) == 200
