"""What is counted has a name that tells nothing."""

import pytest

from trousseau.throttling import keys


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "None"),
        ("nonsense", "None"),
    ],
)
def test_network_is_what_one_subscriber_has(address: str, network: str) -> None:
    """SIG-05."""
    assert str(keys.network_of(address)) == network


def test_subject_hides_what_it_names() -> None:
    """LOG-02: people type their password into the field of the username."""
    named = keys.subject("name", 1, "moulin-girafe")
    assert named == keys.subject("name", 1, "moulin-girafe")
    assert "girafe" not in named
    assert len(named) < 60


def test_subject_differs_with_each_part_and_kind() -> None:
    """TEN-01."""
    named = {
        keys.subject("name", 1, "ada"),
        keys.subject("name", 2, "ada"),
        keys.subject("name", 1, "adb"),
        keys.subject("name", "1ada"),
        keys.subject("confirmation", 1, "ada"),
    }
    assert len(named) == 5
