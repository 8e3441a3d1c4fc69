"""Closed-loop load: so many visitors, each waiting for its answer before it asks again."""

import gc
import random
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench import wire

# After the measured time, how long the answers still under way may take.
DRAIN_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Step:
    """One request and the status that answers it; `fresh` asks for a connection of its own.

    `heard` is given the answer, for a path whose next step depends on it; a step that is
    `joined` to the one before is timed together with it.
    """

    request: bytes
    status: int
    counts: bool = True
    fresh: bool = False
    joined: bool = False
    heard: Callable[[bytes], None] | None = None


@dataclass
class Tally:
    """What was achieved in `seconds`: answers that count, the time of each, and surprises."""

    completed: int = 0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    surprises: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.completed / self.seconds if self.seconds else 0.0

    def facts(self) -> dict[str, object]:
        """Return the latencies in milliseconds, and the unexpected answers."""
        times = sorted(self.times)
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        latencies = {
            name: round(times[int(share * (len(times) - 1))] * 1000, 2)
            for name, share in shares.items()
            if times
        }
        return {"latency_ms": latencies, "unexpected": dict(self.surprises)}


class _Visitor:
    def __init__(self, port: int, steps: Iterator[Step]) -> None:
        self._port = port
        self._steps = steps
        self.connection: socket.socket | None = None
        self.received = b""
        self.step = Step(b"", 0)
        self.started = 0.0

    def begin_next(self, poll: select.epoll, visitors: dict[int, "_Visitor"]) -> bool:
        """Send the next request; false when there is none left."""
        following = next(self._steps, None)
        if following is None:
            self.leave(poll, visitors)
            return False
        self.step, self.received = following, b""
        if not following.joined:
            self.started = time.perf_counter()
        if following.fresh:
            self.leave(poll, visitors)
        if self.connection is None:
            self.connection = wire.connect(self._port)
            visitors[self.connection.fileno()] = self
            poll.register(self.connection, select.EPOLLIN)
        self.connection.sendall(following.request)
        return True

    def leave(self, poll: select.epoll, visitors: dict[int, "_Visitor"]) -> None:
        if self.connection is not None:
            poll.unregister(self.connection)
            del visitors[self.connection.fileno()]
            self.connection.close()
            self.connection = None


def drive(port: int, paths: Sequence[Iterator[Step]], warm_up: float, seconds: float) -> Tally:
    """Have each visitor follow its steps; what is answered within the measured time counts.

    That time ends early when one of them has nothing left to ask.
    """
    gc.disable()
    poll, visitors, tally = select.epoll(), dict[int, _Visitor](), Tally()
    start = time.perf_counter() + warm_up
    stop = start + seconds
    under_way = sum(_Visitor(port, steps).begin_next(poll, visitors) for steps in paths)
    while under_way and time.perf_counter() < stop + DRAIN_SECONDS:
        for number, _ in poll.poll(POLL_SECONDS):
            visitor = visitors[number]
            if not _take(visitor):
                continue
            now = time.perf_counter()
            if start <= now < stop:
                _count(tally, visitor, now)
                if visitor.begin_next(poll, visitors):
                    continue
                stop = now
            elif now < start and visitor.begin_next(poll, visitors):
                continue
            visitor.leave(poll, visitors)
            under_way -= 1
    tally.seconds = max(0.0, stop - start)
    for visitor in list(visitors.values()):
        visitor.leave(poll, visitors)
    gc.enable()
    return tally


def _take(visitor: _Visitor) -> bool:
    piece = visitor.connection.recv(wire.RECEIVED_AT_ONCE) if visitor.connection else b""
    if not piece:
        raise wire.BrokenAnswerError("the connection was closed")
    visitor.received = visitor.received + piece if visitor.received else piece
    whole = wire.end(visitor.received) > 0
    if whole and visitor.step.heard:
        visitor.step.heard(visitor.received)
    return whole


def _count(tally: Tally, visitor: _Visitor, now: float) -> None:
    status = wire.status(visitor.received)
    if status != visitor.step.status:
        tally.surprises[str(status)] += 1
    elif visitor.step.counts:
        tally.completed += 1
        tally.times.append(now - visitor.started)


def time_in_turn(
    port: int, arms: Mapping[str, Iterator[bytes]], rounds: int, seconds: float, status: int
) -> dict[str, list[float]]:
    """Time one request of each arm a round, in random order, on one connection.

    In milliseconds. Ends early when the time is over, after a whole round.
    """
    gc.disable()
    chance = random.Random(1)  # noqa: S311 - the order has to be even, not secret
    times: dict[str, list[float]] = {arm: [] for arm in arms}
    stop = time.perf_counter() + seconds
    with wire.connect(port) as connection:
        for _ in range(rounds):
            for arm in chance.sample(sorted(arms), len(arms)):
                request = next(arms[arm])
                before = time.perf_counter()
                received = wire.raw_exchange(connection, request)
                times[arm].append((time.perf_counter() - before) * 1000)
                if wire.status(received) != status:
                    raise wire.BrokenAnswerError(received[:200].decode("latin-1"))
            if time.perf_counter() > stop:
                break
    gc.enable()
    return times
