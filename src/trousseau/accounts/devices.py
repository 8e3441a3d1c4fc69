"""Say in a few words which device and browser a `User-Agent` speaks of."""

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


def _first(candidates: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in candidates if re.search(pattern, agent)), "")
