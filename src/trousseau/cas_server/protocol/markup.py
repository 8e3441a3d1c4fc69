"""Build XML whose every value is escaped and legal, whatever somebody typed as their name."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

# What XML 1.0 cannot say, even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def root(name: str, attributes: Mapping[str, str]) -> Element:
    """Return the outermost element."""
    return Element(name, {key: legal(value) for key, value in attributes.items()})


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Add a child with a text and attributes."""
    child = SubElement(parent, name, {key: legal(value) for key, value in attributes.items()})
    child.text = legal(text) or None
    return child


def legal(text: str) -> str:
    """Return the text with a mark in place of each character that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def serialised(element: Element) -> str:
    """Return the document as text."""
    return ET.tostring(element, encoding="unicode")
