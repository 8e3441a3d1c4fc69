"""Asking to get back in: no address is asked for twice within a measurement."""

from collections.abc import Callable, Iterator, Sequence

from bench import load, people, wire
from bench.apart import apart
from bench.figures import Round, Target
from bench.scenarios.pages import BARE_PAGE
from bench.scenarios.scenario import Scenario
from bench.stage import RECOVER, Stage

CONNECTIONS = 4
SEE_OTHER = 303
# 350 a second where the bare page makes 2,600.
LEAST_RATIO = 350 / 2600
TARGET = Target("≥ 350/s where the bare page makes 2,600/s: ratio ≥ 0.135", least_ratio=LEAST_RATIO)
UNKNOWN_MOST = 20_000


def known(stage: Stage) -> Round:
    """Ask for addresses that have an account; nobody answers meanwhile."""
    return _asked(stage, people.address, range(stage.plan.accounts))


def unknown(stage: Stage) -> Round:
    """Ask for addresses that nobody has; nobody answers meanwhile."""
    return _asked(stage, people.unknown_address, stage.new_strangers(UNKNOWN_MOST))


def known_with_worker(stage: Stage) -> Round:
    """Ask for addresses that have an account, while a worker answers and delivers."""
    with stage.installation.worker():
        return known(stage)


def unknown_with_worker(stage: Stage) -> Round:
    """Ask for addresses that nobody has, while a worker answers."""
    with stage.installation.worker():
        return unknown(stage)


def _asked(stage: Stage, name: Callable[[int], str], numbers: Sequence[int]) -> Round:
    def measure() -> tuple[float, dict[str, object]]:
        plan = stage.plan
        paths = [_asks(stage, name, numbers[first::CONNECTIONS]) for first in range(CONNECTIONS)]
        tally = apart(load.drive, stage.port, paths, plan.warm_up, plan.recoveries)
        stage.population.settle()
        return tally.rate, tally.facts()

    return stage.beside("bare page", measure)


def _asks(stage: Stage, name: Callable[[int], str], numbers: Sequence[int]) -> Iterator[load.Step]:
    for number in numbers:
        yield load.Step(wire.post(stage.port, RECOVER, email=name(number)), SEE_OTHER)


def _scenario(
    name: str, title: str, target: Target | None, measure: Callable[[Stage], Round]
) -> Scenario:
    return Scenario(
        name=name,
        family="recovery",
        title=title,
        unit="/s",
        limit_name=BARE_PAGE,
        target=target,
        measure=measure,
    )


KNOWN = _scenario(
    "recovery, known", "recovery POST, known address, 4 connections, no worker", TARGET, known
)
UNKNOWN = _scenario(
    "recovery, unknown", "recovery POST, unknown address, 4 connections, no worker", TARGET, unknown
)
KNOWN_WITH_WORKER = _scenario(
    "recovery, known, worker",
    "the same, known address, while a worker answers and delivers",
    None,
    known_with_worker,
)
UNKNOWN_WITH_WORKER = _scenario(
    "recovery, unknown, worker",
    "the same, unknown address, while a worker answers",
    None,
    unknown_with_worker,
)
