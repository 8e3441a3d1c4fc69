"""Find a membership among tens of thousands as one types.

All names lie folded in one text in memory, a line an organisation, shortest name first; a
search is a scan for a word's beginning, at the speed of the machine's memory, that stops as
soon as the page is full, or enough has been seen. About 100 bytes an organisation; the
figures are in bench/results/.
"""

import re
import threading
import time
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from django.db.models import Count, Max

from trousseau.organisations.models import Organisation

RESULTS = 20
MAX_QUERY = 100
CHECKED_SECONDS = 5.0
# What is typed may cost no more than a page: the longest words decide, and a word that leads to
# more memberships than these gives way to the next. Should all do so, what was seen has to do.
MOST_WORDS = 6
MOST_LINES = 500
_APOSTROPHES = re.compile(r"['’ʼ‘`´ʹ＇]")
_NO_WORD = re.compile(r"[^\w]+|_+", re.UNICODE)
_LETTERS = {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe", ord("ø"): "o", ord("đ"): "d",
            ord("ł"): "l", ord("ı"): "i", ord("þ"): "th", ord("ð"): "d"}  # fmt: skip


def folded(text: str) -> str:
    """Return the text as words of plain small letters: no accents, no signs, one blank between."""
    # Once more afterwards: the compatibility form of a small sign may be capitals (« ™ »).
    letters = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _NO_WORD.sub(" ", _APOSTROPHES.sub("", bare)).strip()


def _forms(text: str) -> str:
    """Return the words that find a text: « l'éduc » is found by « leduc » and by « educ »."""
    whole, parted = folded(text), folded(_APOSTROPHES.sub(" ", text))
    return whole if parted == whole else f"{whole} {parted}"


@dataclass(frozen=True)
class _Index:
    stamp: tuple[object, int]
    # "\n" + name words + "\t " + other words, for each organisation
    lines: str
    starts: "array[int]"
    keys: "array[int]"

    def search(self, query: str, limit: int) -> list[int]:
        """Return primary keys: name begins so, then a word of it does, then anything else."""
        words = sorted(dict.fromkeys(query.split()), key=len, reverse=True)[:MOST_WORDS]
        begun = self._begun(query, limit)
        named: set[int] = set()
        others: set[int] = set()
        # The longest word is mostly the rarest. Where it is not, the next one leads.
        for lead in words:
            if self._led_by(lead, words, limit, named, others):
                break
        found = dict.fromkeys([*begun, *sorted(named), *sorted(others)])
        return [self.keys[line] for line in list(found)[:limit]]

    def _begun(self, query: str, limit: int) -> list[int]:
        """Return the first lines whose name begins with all that was typed."""
        found: list[int] = []
        position = self.lines.find(f"\n {query}")
        while position >= 0 and len(found) < limit:
            found.append(bisect_right(self.starts, position) - 1)
            position = self.lines.find(f"\n {query}", position + 1)
        return found

    def _led_by(
        self, lead: str, words: list[str], limit: int, named: set[int], others: set[int]
    ) -> bool:
        """Add the lines with all words; tell whether every line with the leading one was seen."""
        probes = [f" {word}" for word in words]
        position = self.lines.find(f" {lead}")
        for _ in range(MOST_LINES):
            if position < 0 or len(named) >= limit:
                return True
            line = bisect_right(self.starts, position) - 1
            end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.lines)
            text = self.lines[self.starts[line] : end]
            if all(map(text.__contains__, probes)):
                name = text.partition("\t")[0]
                (named if all(map(name.__contains__, probes)) else others).add(line)
            position = self.lines.find(f" {lead}", end)
        return False


class _Memory:
    """This process's index, made anew when an organisation has changed since."""

    def __init__(self) -> None:
        self._index = _Index((None, 0), "", array("I"), array("Q"))
        self._checked_at = float("-inf")
        self._lock = threading.Lock()

    def index(self) -> _Index:
        if time.monotonic() - self._checked_at >= CHECKED_SECONDS:
            with self._lock:
                if time.monotonic() - self._checked_at >= CHECKED_SECONDS:
                    self._refresh()
        return self._index

    def forget(self) -> None:
        self._checked_at = float("-inf")

    def _refresh(self) -> None:
        stamp = _stamp()
        if stamp != self._index.stamp:
            self._index = _build(stamp)
        self._checked_at = time.monotonic()


_memory = _Memory()


def search(query: str, limit: int = RESULTS) -> list[Organisation]:
    """Return the active organisations that fit what somebody typed, best first.

    Every word typed must begin a word of the name, place, alias or UAI code; accents,
    apostrophes, signs and case do not count, nor does a seventh word. At most `limit`; nothing
    for an empty query.
    """
    wanted = folded(query[:MAX_QUERY])
    if not wanted:
        return []
    keys = _memory.index().search(wanted, limit)
    shown = Organisation.objects.only("slug", "name", "place")
    found = shown.filter(active=True).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def forget() -> None:
    """Look at the database again at the next search."""
    _memory.forget()


def _stamp() -> tuple[object, int]:
    row = Organisation.objects.aggregate(latest=Max("changed_at"), count=Count("pk"))
    return row["latest"], row["count"]


def _build(stamp: tuple[object, int]) -> _Index:
    rows = Organisation.objects.filter(active=True).values_list(
        "pk", "name", "place", "aliases", "uai", "slug"
    )
    lines = []
    for key, name, place, aliases, uai, slug in rows.iterator():
        others = " ".join(_forms(text) for text in (place, *aliases, uai, slug))
        lines.append((len(name), folded(name), f"\n {_forms(name)}\t {others}", key))
    lines.sort()
    starts, keys, offset = array("I"), array("Q"), 0
    for _, _, text, key in lines:
        starts.append(offset)
        keys.append(key)
        offset += len(text)
    return _Index(stamp, "".join(text for _, _, text, _ in lines), starts, keys)
