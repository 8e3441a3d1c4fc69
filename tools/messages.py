"""The message catalogues: `python tools/messages.py update`, `check` or `compile`.

Needs no GNU gettext. Catalogues carry no date and no line number, so that they change only when a
message does.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from message_sources import extract

SOURCE = Path(__file__).resolve().parent.parent / "src" / "trousseau"
LANGUAGES = ("fr", "en")
# Messages are written in it: its catalogue only has to say how plurals are formed.
SOURCE_LANGUAGE = "en"

_PLACEHOLDER = re.compile(
    r"(?P<escaped>%%|{{|}})"
    r"|%\(\w[^)]*\)[-+#0]*\d*(?:\.\d+)?[a-zA-Z]"
    r"|%[-+#0]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]"
    r"|{\w*(?:[.\[][^{}]*)?(?:![rsa])?(?::[^{}]*)?}"
)


@dataclass(frozen=True)
class Problem:
    language: str
    kind: str
    message: str
    detail: str

    def __str__(self) -> str:
        return f"{self.language}: {self.kind}: {self.message!r} ({self.detail})"


def _wanted(sources: Catalog, language: str) -> list[Message]:
    return [
        message
        for message in sources
        if message.id and (message.pluralizable or language != SOURCE_LANGUAGE)
    ]


def _key(message: Message) -> tuple[str, str]:
    return (message.context or "", _forms(message.id)[0])


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def catalogue_path(source: Path, language: str) -> Path:
    return source / "locale" / language / "LC_MESSAGES" / "django.po"


def read(source: Path, language: str) -> Catalog:
    path = catalogue_path(source, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _known(catalog: Catalog) -> dict[tuple[str, str], Message]:
    """Every message of a catalogue; one in use hides an obsolete one with the same text."""
    messages = [*catalog.obsolete.values(), *catalog]
    return {_key(message): message for message in messages if message.id}


def update(source: Path = SOURCE) -> None:
    """Bring the catalogues in line with the sources.

    Translations are kept by message and context; nothing is guessed from similar messages. What is
    no longer used stays below as obsolete, for its words to be reused, until somebody deletes it.
    """
    sources = extract(source)
    for language in LANGUAGES:
        known = _known(read(source, language))
        merged = Catalog(locale=language)
        for message in _wanted(sources, language):
            _add(merged, message, known.pop(_key(message), None))
        if language != SOURCE_LANGUAGE:
            merged.obsolete.update(
                (_key(message), message)
                for message in known.values()
                if any(_forms(message.string))
            )
        path = catalogue_path(source, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(merged, language))


def _add(catalog: Catalog, message: Message, known: Message | None) -> None:
    flags = set(known.flags) & {"fuzzy"} if known else set()
    forms = _forms(known.string) if known else ()
    size = catalog.num_plurals if message.pluralizable else 1
    if any(forms) and len(forms) != size:
        flags.add("fuzzy")
    forms = (*forms, *("" for _ in range(size)))[:size]
    if not any(forms) and str(catalog.locale) == SOURCE_LANGUAGE:
        forms = _forms(message.id)
    catalog.add(
        message.id,
        forms if message.pluralizable else forms[0],
        locations=message.locations,
        flags=flags,
        auto_comments=message.auto_comments,
        user_comments=known.user_comments if known else (),
        context=message.context,
    )


def _written(catalog: Catalog, language: str) -> bytes:
    output = BytesIO()
    output.write(
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'.encode()
    )
    write_po(output, catalog, omit_header=True, sort_output=True, include_lineno=False)
    return output.getvalue().rstrip(b"\n") + b"\n"


def problems(source: Path = SOURCE) -> list[Problem]:
    """Whatever keeps a catalogue from being complete, by language and message."""
    sources = extract(source)
    return [
        problem
        for language in LANGUAGES
        for problem in _problems(sources, _known(read(source, language)), language)
    ]


def _problems(
    sources: Catalog, known: dict[tuple[str, str], Message], language: str
) -> Iterator[Problem]:
    for message in sorted(_wanted(sources, language), key=_key):
        text = _forms(message.id)[0]
        found = known.pop(_key(message), None)
        if found is None or not all(_forms(found.string)):
            where = ", ".join(sorted({name for name, _line in message.locations}))
            yield Problem(language, "untranslated", text, where)
            continue
        if found.fuzzy:
            yield Problem(language, "fuzzy", text, " / ".join(_forms(found.string)))
        for form in _unfaithful(_forms(message.id), _forms(found.string)):
            yield Problem(language, "placeholders", text, form)
    for message in sorted(known.values(), key=_key):
        kept = " / ".join(_forms(message.string))
        yield Problem(language, "unused", _forms(message.id)[0], kept)


def _unfaithful(originals: tuple[str, ...], translations: tuple[str, ...]) -> Iterator[str]:
    """Yield translations whose placeholders differ from the message's.

    The first form of a plural may leave the number out or spell it, as the singular may.
    """
    wanted = [_placeholders(original) for original in originals]
    for rank, translation in enumerate(translations):
        found = _placeholders(translation)
        if found != wanted[-1] and (rank > 0 or found not in wanted):
            yield translation


def _placeholders(text: str) -> tuple[str, ...]:
    """Named ones as a set, the others in their order, since only the order tells them apart."""
    found = [match[0] for match in _PLACEHOLDER.finditer(text) if not match["escaped"]]
    named = {item for item in found if re.match(r"%\(|{[^}:!]", item)}
    return (*sorted(named), *(item for item in found if item not in named))


def compile_catalogues(source: Path = SOURCE) -> None:
    """Write the binary catalogues that Django reads, the same bytes for the same messages."""
    for language in LANGUAGES:
        catalog = read(source, language)
        # Babel insists on dates.
        catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
        with catalogue_path(source, language).with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)


def main(arguments: list[str] | None = None, source: Path = SOURCE) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=("update", "check", "compile"))
    action = parser.parse_args(arguments).action
    if action == "update":
        update(source)
    if action == "compile":
        compile_catalogues(source)
        return 0
    found = problems(source)
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found and action == "check" else 0


if __name__ == "__main__":
    sys.exit(main())
