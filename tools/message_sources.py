"""Where messages come from: the Python files and templates of the project.

What is extracted from a template is what Django looks up when it renders it: the template is read
by Django's own lexer, literals are unescaped and percent signs doubled as the translation tags do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_with_babel
from django.template.base import Lexer, Token, TokenType
from django.utils.text import unescape_string_literal
from django.utils.translation import trim_whitespace

NOTE = "Translators:"
PLAIN, PLURAL, CONTEXT, BOTH = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
FUNCTIONS = {
    "_": PLAIN,
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": BOTH,
    "npgettext_lazy": BOTH,
}

_LITERAL = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CONSTANT = re.compile(rf"_\({_LITERAL}\)")


@dataclass(frozen=True)
class Found:
    """A message in a source: `text` is a pair, singular and plural, if it counts something."""

    text: str | tuple[str, ...]
    context: str | None = None
    notes: tuple[str, ...] = ()


def extract(source: Path) -> Catalog:
    """Collect the messages of every Python file and template under a folder."""
    catalog = Catalog()
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        try:
            for found in _in_file(path):
                catalog.add(
                    found.text,
                    locations=[(name, 0)],
                    auto_comments=found.notes,
                    context=found.context,
                )
        except (ValueError, IndexError) as fault:
            message = f"{name}: {fault}"
            raise ValueError(message) from fault
    return catalog


def _in_file(path: Path) -> Iterator[Found]:
    if path.suffix == ".py":
        return in_python(path.read_bytes())
    if path.suffix in {".html", ".txt"} and "templates" in path.parts:
        return in_template(path.read_text("utf-8"))
    return iter(())


def in_python(source: bytes) -> Iterator[Found]:
    found = extract_with_babel(
        "python",
        BytesIO(source),
        keywords=FUNCTIONS,
        comment_tags=(NOTE,),
        options={"encoding": "utf-8"},
    )
    for _line, text, notes, context in found:
        yield Found(text, context, tuple(notes))


def in_template(source: str) -> Iterator[Found]:
    """Yield the messages of a Django template; ValueError for tags Django would refuse."""
    tokens = iter(Lexer(source).tokenize())
    notes: tuple[str, ...] = ()
    for token in tokens:
        tag = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.COMMENT and token.contents.startswith(NOTE):
            notes = (token.contents,)
        elif token.token_type == TokenType.VAR:
            yield from _constants(token)
        elif token.token_type == TokenType.BLOCK:
            if tag == "comment":
                _skip_comment(tokens)
            elif tag in {"translate", "trans"}:
                yield from _inline(token, notes)
            elif tag in {"blocktranslate", "blocktrans"}:
                yield _block(token, tokens, notes)
            yield from _constants(token)
            notes = ()


def _constants(token: Token) -> Iterator[Found]:
    for literal in _CONSTANT.findall(token.contents):
        yield Found(_unquoted(literal).replace("%", "%%"))


def _skip_comment(tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents == "endcomment":
            return


def _inline(token: Token, notes: tuple[str, ...]) -> Iterator[Found]:
    bits = token.split_contents()
    literal = re.match(_LITERAL, bits[1])
    if literal:
        yield Found(_unquoted(literal[1]).replace("%", "%%"), _context(bits), notes)


def _block(opening: Token, tokens: Iterator[Token], notes: tuple[str, ...]) -> Found:
    bits = opening.split_contents()
    text: list[str] = []
    parts = [text]
    for token in tokens:
        if token.token_type == TokenType.TEXT:
            parts[-1].append(token.contents.replace("%", "%%"))
        elif token.token_type == TokenType.VAR:
            parts[-1].append(f"%({token.contents})s")
        elif token.contents == "plural" and len(parts) == 1:
            parts.append([])
        elif token.contents == f"end{bits[0]}":
            break
        elif token.token_type == TokenType.BLOCK:
            message = f"line {token.lineno}: {{% {token.contents} %}} inside {{% {bits[0]} %}}"
            raise ValueError(message)
    else:
        message = f"line {opening.lineno}: {{% {bits[0]} %}} is never closed"
        raise ValueError(message)
    texts = ["".join(part) for part in parts]
    if "trimmed" in bits:
        texts = [trim_whitespace(text) for text in texts]
    return Found(tuple(texts) if len(texts) > 1 else texts[0], _context(bits), notes)


def _context(bits: list[str]) -> str | None:
    after = [value for option, value in pairwise(bits) if option == "context"]
    return _unquoted(after[0]) if after else None


def _unquoted(literal: str) -> str:
    return str(unescape_string_literal(literal))
