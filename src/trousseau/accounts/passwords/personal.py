"""What an acquaintance knows of somebody, in the forms it takes inside a password (PWD-07)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import permutations

from trousseau.accounts.passwords.normalisation import fold
from trousseau.accounts.passwords.vocabulary import GLUE, vocabulary

_SHORTEST = 3
_LONGEST = 40
_NOT_A_LETTER = re.compile(r"[\W\d_]+")
# Half the country has one of these: the name of the provider says nothing about the person.
_PROVIDERS = frozenset(
    (
        *("free", "orange", "sfr", "laposte", "wanadoo", "bbox", "bouygues", "neuf", "numericable"),
        *("gmail", "google", "googlemail", "hotmail", "outlook", "live", "msn", "yahoo", "ymail"),
        *("icloud", "aol", "gmx", "proton", "protonmail"),
    )
)
_DATE_FORMS = ("%d%m%Y", "%d%m%y", "%Y%m%d", "%y%m%d", "%m%d%Y", "%d%m", "%m%d", "%Y", "%m%Y")


@dataclass(frozen=True)
class Person:
    """The facts that a password must not be made of; `context` names the school, town, platform."""

    username: str = ""
    given_name: str = ""
    family_name: str = ""
    email: tuple[str, ...] = ()
    birth_date: date | None = None
    context: tuple[str, ...] = ()


def personal_words(person: Person) -> frozenset[str]:
    """Return the folded words and digits that a guesser would try first for this person."""
    words = set(_words_of(person.username))
    names = [word for name in (person.given_name, person.family_name) for word in _words_of(name)]
    words.update(names)
    for first, second in permutations(names[:6], 2):
        words.update((first + second, first[0] + second, first + second[0]))
    for address in person.email:
        words.update(_words_of_address(address))
    for text in person.context:
        words.update(_words_of(text))
    if person.birth_date:
        words.update(person.birth_date.strftime(form) for form in _DATE_FORMS)
    return frozenset(words)


def _words_of(text: str) -> Iterator[str]:
    """Yield each word of a name, then all of them run together."""
    parts = [part for part in _NOT_A_LETTER.split(fold(text[:200])) if part]
    known = vocabulary().words
    for part in (*parts, "".join(parts)):
        if _SHORTEST <= len(part) <= _LONGEST and known.get(part) != GLUE:
            yield part


def _words_of_address(address: str) -> Iterator[str]:
    local, _, domain = address.partition("@")
    yield from _words_of(local)
    label = fold(domain.rpartition(".")[0])
    if label not in _PROVIDERS:
        yield from _words_of(label)
