import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trousseau import addresses
from trousseau.addresses import InvalidAddressError

# Anything a person, a file or an attacker may hand over: built from what such a text is made of.
PIECES = st.sampled_from(
    [
        "a", "A", "k", "K", "\u212a", "i", "ı", "İ", "ß", "é", "e\u0301", "\u0301", "ﬁ", "@", ".",
        "..", "+", "-", "_", "'", '"', "\\", "(", ")", "<", ">", "[", "]", ",", ";", ":", " ",
        "\t", "\r", "\n", "\0", "\x7f", "\x85", "\xa0", "\u200b", "\u200d", "\u202e", "\u2028",
        "\u037e", "\u1fef", "\u3002", "\uff0e", "\uff20", "xn--", "xn--9ca.fr", "été.fr",
        "example.org", "EXAMPLE.ORG", "127.0.0.1", "localhost", "a" * 64, "é" * 33, "日本語",
    ]
)  # fmt: skip
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
TEXTS = st.lists(PIECES | ANY_TEXT, max_size=10).map("".join) | st.emails()
LOCAL_PARTS = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Nd"]).filter(
        lambda sign: unicodedata.normalize("NFC", sign) == sign
    ),
    min_size=1,
    max_size=12,
)


def accepted(text: str) -> str:
    try:
        return addresses.cleaned(text)
    except InvalidAddressError:
        assume(condition=False)
        raise


@given(TEXTS)
def test_cleaned_any_text_is_an_address_or_refused(text: str) -> None:
    """VAL-01: nothing else is raised, and what comes out is its own cleaned form."""
    try:
        address = addresses.cleaned(text)
    except InvalidAddressError:
        return
    assert addresses.cleaned(address) == address


@given(TEXTS)
def test_cleaned_address_holds_nothing_that_ends_a_header_or_a_command(text: str) -> None:
    """VAL-07."""
    address = accepted(text)
    local, _, domain = address.rpartition("@")
    assert [sign for sign in address if sign.isspace() or not sign.isprintable()] == []
    assert set(local).isdisjoint('()<>[]:;,@\\"')
    assert set(domain).isdisjoint('()<>[]:;,@\\"')


@given(TEXTS)
def test_key_is_the_same_for_whatever_is_the_same_mailbox(text: str) -> None:
    address = accepted(text)
    key = addresses.key(text)
    assert key == addresses.key(address) == addresses.key(addresses.deliverable(address))
    local, _, domain = address.rpartition("@")
    assert key == addresses.key(f" {local}@{domain.upper()}\n") or not domain.isascii()


@given(LOCAL_PARTS, LOCAL_PARTS)
def test_key_tells_apart_what_differs_by_more_than_ascii_case(one: str, other: str) -> None:
    """REC-19: only A to Z and a to z are the same letter; whatever folding Unicode knows."""
    letters = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
    same = one.translate(letters) == other.translate(letters)
    keys = [addresses.key(f"{local}@example.org") for local in (one, other)]
    assert (keys[0] == keys[1]) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mıke@example.org", "mike@example.org"),
        ("mİke@example.org", "mike@example.org"),
        ("straße@example.org", "strasse@example.org"),
        ("ﬁlou@example.org", "filou@example.org"),
        ("ÉRIC@example.org", "éric@example.org"),
        ("mike@exampıe.org", "mike@exampie.org"),
        ("mike+ent@example.org", "mike@example.org"),
        ("m.ike@example.org", "mike@example.org"),
    ],
)
def test_key_lookalikes_are_different_mailboxes(one: str, other: str) -> None:
    """REC-19: `mıke@` never reaches what belongs to `mike@`."""
    assert addresses.key(one) != addresses.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mike@Example.ORG", "mike@example.org"),
        ("mike@ÉTÉ.fr", "mike@xn--t-9fab.fr"),
        ("mike@e\u0301te\u0301.fr", "mike@été.fr"),
        ("mike@example\u3002org", "mike@example.org"),
        ("jose\u0301@example.org", "josé@example.org"),
        ("  mike@example.org\n", "mike@example.org"),
    ],
)
def test_key_spellings_of_one_mailbox_are_the_same(one: str, other: str) -> None:
    assert addresses.key(one) == addresses.key(other)


@pytest.mark.parametrize("sign", ["\u212a", "\u1fef"])
def test_cleaned_sign_that_would_become_an_ascii_one_is_refused(sign: str) -> None:
    """REC-19: composed, the Kelvin sign is the letter K of somebody else's address."""
    with pytest.raises(InvalidAddressError):
        addresses.cleaned(f"{sign}evin@example.org")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "mike",
        "mike@",
        "@example.org",
        "mike@localhost",
        "mike@example.org.",
        "mike@.org",
        "mike@exa mple.org",
        "mike@-example.org",
        "mike@exam_ple.org",
        "mike@[127.0.0.1]",
        "mi ke@example.org",
        ".mike@example.org",
        "mike.@example.org",
        "mi..ke@example.org",
        "mike@example.org, ada@example.org",
        "Mike <mike@example.org>",
        '"mike"@example.org',
        "mike@example.org\nBcc: ada@example.org",
        "mike\r\nRCPT TO:<ada@example.org>@example.org",
        "mike@ada@example.org",
        "mike\u200b@example.org",
        "\ud800@example.org",
        f"{'a' * 65}@example.org",
        f"{'é' * 33}@example.org",
        f"mike@{'a' * 64}.org",
        f"{'a' * 60}@{'a.' * 97}org",
    ],
)
def test_cleaned_what_cannot_be_written_to_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddressError):
        addresses.cleaned(text)


@pytest.mark.parametrize(
    "address",
    [
        "mike@example.org",
        "o'neil+ent/2026=x@sub.example.org",
        f"{'a' * 64}@example.org",
        f"{'a' * 60}@{'a.' * 95}org",
        "josé@example.org",
        "用户@例子.广告",
    ],
)
def test_cleaned_address_is_kept_as_it_is(address: str) -> None:
    assert addresses.cleaned(address) == address


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("Mike@Example.ORG", "Mike@example.org"),
        ("mike@été.fr", "mike@xn--t-9fab.fr"),
        ("josé@école.fr", "josé@xn--cole-9oa.fr"),
    ],
)
def test_deliverable_has_the_domain_that_mail_servers_know(address: str, envelope: str) -> None:
    assert addresses.deliverable(address) == envelope


@pytest.mark.parametrize("address", ["mike", "mi ke@example.org", "mike@example.org\nBcc: a@b.org"])
def test_deliverable_address_that_came_unchecked_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddressError):
        addresses.deliverable(address)


@given(st.emails())
def test_masked_shows_the_first_letter_and_the_domain(address: str) -> None:
    """ACT-06."""
    local, _, domain = address.rpartition("@")
    assert addresses.masked(address) == f"{local[0]}•••@{domain}"
