"""Several threads at the same thing in the same instant, each on a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def together(threads: int, do: Callable[[int], T]) -> list[T]:
    start = threading.Barrier(threads, timeout=60)

    def run(number: int) -> T:
        try:
            start.wait()
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
