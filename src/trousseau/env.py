"""Typed readers for the `TROUSSEAU_` variables, and the list of those that exist.

Every variable is declared where it is read, with its default and its meaning; a secret may
come from a file (`TROUSSEAU_SECRET_KEY_FILE`). A variable nobody declared stops the start:
a typing mistake in production must not silently fall back to a default.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "TROUSSEAU_"
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class ConfigurationError(Exception):
    """A variable is unknown, missing or unreadable; the message says which and what to do."""


@dataclass
class Environment:
    """The variables of one process, read once and by name."""

    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    known: set[str] = field(default_factory=set)

    def text(self, name: str, default: str = "") -> str:
        """Return the variable's text, or that of the file named by `NAME_FILE`."""
        self.known.add(name)
        file_name = self.variables.get(f"{PREFIX}{name}_FILE")
        if file_name:
            try:
                return Path(file_name).read_text(encoding="utf-8").strip()
            except OSError as error:
                message = f"{PREFIX}{name}_FILE: cannot read {file_name} ({error.strerror})."
                raise ConfigurationError(message) from error
            except UnicodeDecodeError as error:
                message = f"{PREFIX}{name}_FILE: cannot read {file_name} (it is not UTF-8 text)."
                raise ConfigurationError(message) from error
        return self.variables.get(PREFIX + name, default)

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a comma-separated list, blanks removed."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def networks(self, name: str) -> list[Network]:
        """Return a list of addresses and networks."""

        def read(text: str) -> list[Network]:
            words = [word.strip() for word in text.split(",") if word.strip()]
            return [ipaddress.ip_network(word, strict=False) for word in words]

        return self._converted(name, "", "addresses or networks, as 127.0.0.1, 10.0.0.0/8", read)

    def url(self, name: str, default: str, wanted: str, forms: Mapping[str, str]) -> str:
        """Return a URL of one of the forms, else say what is wanted, but never what was found.

        A form is a scheme and its parts: of user, host, port, path and query those that must be
        there, and with a question mark those that may.
        """
        text = self.text(name) or default
        try:
            known = text == default or _has_form(text, forms)
        except ValueError:
            known = False
        if not known:
            # It may hold a password.
            raise ConfigurationError(f"{PREFIX}{name} cannot be read: it must be {wanted}.")
        return text

    def whole(self, name: str, default: int, least: int = 0, most: int | None = None) -> int:
        """Return a whole number not below `least`, nor above `most`."""
        wanted = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        return self._converted(name, str(default), wanted, _whole(least, most))

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or a no."""
        return self._converted(name, "yes" if default else "no", "yes or no", _flag)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of the permitted words."""

        def one_of(text: str) -> str:
            return choices[choices.index(text)]

        return self._converted(name, default, " or ".join(choices), one_of)

    def _converted(self, name: str, default: str, wanted: str, read: Callable[[str], T]) -> T:
        text = self.text(name, default)
        try:
            return read(text)
        except ValueError as error:
            message = f"{PREFIX}{name} is {text!r}: it must be {wanted}."
            raise ConfigurationError(message) from error

    def refuse_unknown(self) -> None:
        """Stop on a `TROUSSEAU_` variable that no setting reads."""
        expected = {PREFIX + name for name in self.known}
        expected |= {f"{name}_FILE" for name in expected}
        unknown = sorted(
            name for name in self.variables if name.startswith(PREFIX) and name not in expected
        )
        if unknown:
            message = (
                f"Unknown setting {', '.join(unknown)}: "
                "see docs/configuration.md for the list, or remove it."
            )
            raise ConfigurationError(message)


def _whole(least: int, most: int | None) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(text)
        return number

    return read


def _has_form(text: str, forms: Mapping[str, str]) -> bool:
    parts = urlsplit(text)
    words = forms.get(parts.scheme, "nothing").split()
    there = {
        "user": parts.username is not None,
        "host": bool(parts.hostname),
        "port": parts.port is not None,
        "path": bool(parts.path.strip("/")),
        "query": bool(parts.query),
        "fragment": bool(parts.fragment),
    }
    present = {part for part, is_there in there.items() if is_there}
    required = {word for word in words if not word.endswith("?")}
    permitted = {word.removesuffix("?") for word in words}
    # One spelling, so that nothing that compares the beginning is misled.
    if not text.startswith(f"{parts.scheme}://"):
        return False
    is_plain = not re.search(r"[\s\x00-\x1f]", text) and _HOST.fullmatch(parts.hostname or "-")
    return bool(is_plain) and required <= present <= permitted and parts.port != 0


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError(text)
    return word in TRUE_WORDS
