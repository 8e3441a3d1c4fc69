"""Leaked passwords, looked up on this machine and nowhere else (PWD-06).

One file holds the first eight bytes of each password's SHA-1, sorted: eight megabytes for a million
passwords, of which a search reads a few pages. Against such a list, a password that never leaked is
refused by mistake once in 10^13 times.
"""

import os
import re
from bisect import bisect_left
from collections.abc import Iterable
from contextlib import ExitStack
from hashlib import sha1
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import SpooledTemporaryFile

_SIZE = 8
_HASH = re.compile(r"([0-9A-Fa-f]{40})(?::\d+)?")
_BUCKETS = 256
_IN_MEMORY = 64 * 1024


class BreachedList:
    """A read-only list made by `build`.

    Raises OSError when the file cannot be read, ValueError when it is not such a list.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._prefixes: mmap | bytes = b""
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size % _SIZE:
                message = f"{path} is not a list of {_SIZE}-byte prefixes"
                raise ValueError(message)
            if size:  # an empty file cannot be mapped
                self._prefixes = mmap(file.fileno(), 0, access=ACCESS_READ)

    def __len__(self) -> int:
        return len(self._prefixes) // _SIZE

    def contains(self, password: str) -> bool:
        """Tell whether the whole password, never a part of it, has leaked."""
        prefix = _prefix_of(password)
        place = bisect_left(range(len(self)), prefix, key=self._prefix_at)
        return place < len(self) and self._prefix_at(place) == prefix

    def _prefix_at(self, place: int) -> bytes:
        return self._prefixes[place * _SIZE : (place + 1) * _SIZE]


def build(source_lines: Iterable[str], path: str | os.PathLike[str]) -> int:
    """Write the list of the given lines and return how many different entries it holds.

    A line is a SHA-1 in hexadecimal, with or without `:count` as Have I Been Pwned gives it, or a
    password in clear. Memory stays flat whatever the number of lines, and the file is replaced in
    one step, so that a running server never reads half of it.
    """
    target = Path(path)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    count = 0
    with ExitStack() as stack:
        stack.callback(unfinished.unlink, missing_ok=True)
        buckets = [stack.enter_context(SpooledTemporaryFile(_IN_MEMORY)) for _ in range(_BUCKETS)]
        for line in source_lines:
            if entry := line.rstrip("\r\n"):
                prefix = _prefix_in(entry)
                buckets[prefix[0]].write(prefix)
        with unfinished.open("wb") as file:
            for bucket in buckets:
                bucket.seek(0)
                prefixes = _distinct(bucket.read())
                file.write(b"".join(prefixes))
                count += len(prefixes)
        unfinished.replace(target)
    return count


def _prefix_in(entry: str) -> bytes:
    match = _HASH.fullmatch(entry)
    return bytes.fromhex(match[1])[:_SIZE] if match else _prefix_of(entry)


def _prefix_of(password: str) -> bytes:
    # A lone surrogate cannot come from a browser, but must not crash the check.
    content = password.encode("utf-8", "surrogatepass")
    return sha1(content, usedforsecurity=False).digest()[:_SIZE]


def _distinct(packed: bytes) -> list[bytes]:
    return sorted({packed[place : place + _SIZE] for place in range(0, len(packed), _SIZE)})
