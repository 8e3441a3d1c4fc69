"""Names for what is counted."""

import ipaddress

from django.utils.crypto import salted_hmac

KEY_DIGITS = 32
IPV4_PREFIX = 24
IPV6_PREFIX = 64


def subject(kind: str, *parts: object) -> str:
    """Return the name under which something is counted.

    A digest made with the installation's key: people type their password where the username
    belongs, and a network address is somebody's (LOG-02).
    """
    text = "\0".join(map(str, parts))
    digest = salted_hmac(f"{__name__}:{kind}", text, algorithm="sha256").hexdigest()
    return f"{kind}:{digest[:KEY_DIGITS]}"


def network(address: str) -> str:
    """Return the name under which an address's network is counted and remembered."""
    return subject("network", network_of(address) or "")


def network_of(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that one subscriber or one school is likely to have, if any is known.

    The /64 of an IPv6 address, for whoever has one has all of its addresses; the /24 of an
    IPv4 address, also of one written as IPv6.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    prefix = IPV4_PREFIX if ip.version == 4 else IPV6_PREFIX  # noqa: PLR2004 - the protocol's name
    return ipaddress.ip_network((ip, prefix), strict=False)
