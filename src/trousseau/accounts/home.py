"""Sections that other rooms add to the first page after signing in."""

from collections.abc import Callable

from trousseau.accounts.requests import SignedInRequest

# Returns rendered markup, or nothing where there is nothing to show.
Section = Callable[[SignedInRequest], str]
_sections: list[Section] = []


def register(section: Section) -> None:
    """Add a section, below those already there."""
    if section not in _sections:
        _sections.append(section)


def rendered(request: SignedInRequest) -> list[str]:
    """Return the sections that have something to show to this person."""
    return [markup for section in _sections if (markup := section(request))]
