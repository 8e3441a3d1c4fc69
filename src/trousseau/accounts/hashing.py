"""Argon2id, never wider than the cores, with a short queue and then a clear refusal.

A hash is meant to be expensive: 19 MiB and tens of milliseconds. More of them at once than
cores only makes every one slower and the memory pile up, so they take turns (STO-01, STO-03).
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from trousseau.accounts import passwords

T = TypeVar("T")
# Past this a person at a keyboard is better told to come back than kept waiting.
PATIENCE_SECONDS = 10.0
DUMMY_PASSWORD = "nobody has this one"  # noqa: S105 - hashed for want of an account


class TooBusyError(Exception):
    """Too many people sign in at this moment; nothing was decided about this one."""


class Argon2id(Argon2PasswordHasher):
    """Argon2id with the parameters of the configuration, stored beside each hash."""

    time_cost = settings.ARGON2_TIME_COST
    memory_cost = settings.ARGON2_MEMORY_KIB
    parallelism = settings.ARGON2_PARALLELISM


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1


# Most threads may wait for a hash: a class signs in together. The others go on serving pages.
_place = threading.BoundedSemaphore(max(1, settings.WEB_THREADS * 3 // 4))


@cache
def _hashers() -> ThreadPoolExecutor:
    """Return the threads that hash, made in the process that uses them.

    Few and always the same: each thread that ever hashed would keep 19 MiB to itself.
    """
    return ThreadPoolExecutor(max(1, _cores() // settings.WEB_PROCESSES), "hash")


def _in_turn(hash_: Callable[[], T]) -> T:
    if not _place.acquire(blocking=False):
        raise TooBusyError
    try:
        return _hashers().submit(hash_).result(timeout=PATIENCE_SECONDS)
    except TimeoutError as error:
        raise TooBusyError from error
    finally:
        _place.release()


def hashed(password: str) -> str:
    """Return the hash to store. Raises TooBusyError."""
    plain = passwords.normalise(password)
    return _in_turn(lambda: make_password(plain))


def verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Tell whether the password fits, and return a better hash when parameters have risen.

    `None` stands for an account that is unknown or has no password: the same work is done and
    the answer is no, so that time tells nothing (SIG-02). Raises TooBusyError.
    """
    better: list[str] = []
    plain = passwords.normalise(password)
    against = stored or _dummy_hash()
    fits = _in_turn(
        lambda: check_password(plain, against, setter=lambda _: better.append(make_password(plain)))
    )
    if stored is None:
        return False, None
    return fits, better[0] if better else None


def warm_up() -> None:
    """Prepare the dummy hash, so that the first unknown username costs what the others do."""
    _dummy_hash()


@cache
def _dummy_hash() -> str:
    return make_password(DUMMY_PASSWORD)
