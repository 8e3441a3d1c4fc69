"""Run a function in a process of its own, so that it disturbs nobody's memory or collector."""

import multiprocessing
import multiprocessing.connection
import signal
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from trousseau.operations.processes import die_with_parent

P = ParamSpec("P")
R = TypeVar("R")
# Forked, so that what a function works on need not be copied over.
FORK = multiprocessing.get_context("fork")


def apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what the function returns. Raises RuntimeError with what it raised."""
    return side_by_side([lambda: function(*args, **kwargs)])[0]


def side_by_side(functions: list[Callable[[], R]]) -> list[R]:
    """Run the functions at the same time, a process each, and return what they return."""
    pipes = [FORK.Pipe(duplex=False) for _ in functions]
    processes = [
        FORK.Process(target=_answer, args=(sender, function), daemon=True)
        for function, (_, sender) in zip(functions, pipes, strict=True)
    ]
    try:
        for process in processes:
            process.start()
        answers = [receiver.recv() for receiver, _ in pipes]
    finally:
        for process in processes:
            process.join(1)
            process.terminate()
            process.join()
    for _, trouble in answers:
        if trouble:
            raise RuntimeError(trouble)
    return [result for result, _ in answers]


def begin_apart() -> None:
    """Cut a forked process loose from its parent's signals, and tie it to its parent's life."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def _answer(sender: multiprocessing.connection.Connection, function: Callable[[], Any]) -> None:
    begin_apart()
    try:
        sender.send((function(), ""))
    except Exception as error:  # noqa: BLE001 - told in the process that asked
        sender.send((None, f"{type(error).__name__}: {error}"))
