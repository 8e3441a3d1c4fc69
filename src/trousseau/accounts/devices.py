"""Say in a few words which device and browser a `User-Agent` speaks of, and from which network."""

import ipaddress
import re

from django.utils.translation import gettext as _

# The first that matches wins: most browsers claim to be several others as well.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_DEVICES = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Chromebook", r"CrOS"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def device_name(agent: str) -> str:
    """Return « Firefox, Android »; « unknown device » where nothing is recognised."""
    names = [_first(_BROWSERS, agent), _first(_DEVICES, agent)]
    return ", ".join(filter(None, names)) or _("unknown device")


def network_name(address: str) -> str:
    """Return « 192.0.2.… », the network that an address is of: as near as a place is known."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv4Address):
        return f"{address.rpartition('.')[0]}.…"
    network = ipaddress.ip_network((int(ip), 64), strict=False)
    return f"{str(network.network_address).rstrip(':')}:…"


def _first(candidates: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in candidates if re.search(pattern, agent)), "")
