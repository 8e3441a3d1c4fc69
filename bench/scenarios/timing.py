"""Whether the time of an answer tells who is known."""

from collections.abc import Iterator

from bench import load, people, significance, wire
from bench.apart import apart
from bench.figures import Figure, Round, Target
from bench.scenarios.scenario import Study
from bench.stage import RECOVER, SIGN_IN, Stage

MOST_MS = 0.5
TARGET = Target(f"not significant, < {MOST_MS} ms")
BINS = 60
SHOWN = 0.97
KNOWN, UNKNOWN, OTHERS = "known", "unknown", "unknown again"


def timing(stage: Stage) -> list[Figure]:
    """Time known and unknown in random turn, and unknown against unknown for the noise.

    A sign-in of a known account has a wrong password, so that all are refused alike.
    """
    figures = [
        _figure("timing, sign-in", "sign-in refused", _times(stage, _sign_ins(stage), 200)),
        _figure("timing, recovery", "recovery, no worker", _times(stage, _asks(stage), 303)),
    ]
    stage.population.settle()
    with stage.installation.worker():
        times = _times(stage, _asks(stage), 303)
    figures.append(_figure("timing, recovery, worker", "recovery, while a worker answers", times))
    stage.population.settle()
    return figures


def _times(stage: Stage, arms: dict[str, Iterator[bytes]], status: int) -> dict[str, list[float]]:
    plan = stage.plan
    return apart(load.time_in_turn, stage.port, arms, plan.timed, plan.timed_seconds, status)


def _sign_ins(stage: Stage) -> dict[str, Iterator[bytes]]:
    def form(username: str) -> bytes:
        return wire.post(stage.port, SIGN_IN, username=username, password=people.WRONG_PASSWORD)

    return {
        KNOWN: (form(people.username(number)) for number in range(stage.plan.timed)),
        UNKNOWN: (form(people.stranger(number)) for number in _strangers(stage)),
        OTHERS: (form(people.stranger(number)) for number in _strangers(stage)),
    }


def _asks(stage: Stage) -> dict[str, Iterator[bytes]]:
    def form(address: str) -> bytes:
        return wire.post(stage.port, RECOVER, email=address)

    return {
        KNOWN: (form(people.address(number)) for number in range(stage.plan.timed)),
        UNKNOWN: (form(people.unknown_address(number)) for number in _strangers(stage)),
        OTHERS: (form(people.unknown_address(number)) for number in _strangers(stage)),
    }


def _strangers(stage: Stage) -> range:
    return stage.new_strangers(stage.plan.timed)


def _figure(name: str, what: str, times: dict[str, list[float]]) -> Figure:
    difference = significance.compare(times[KNOWN], times[UNKNOWN])
    noise = significance.compare(times[OTHERS], times[UNKNOWN])
    facts = {
        "posts_each": len(times[KNOWN]),
        "known_minus_unknown": difference.facts(),
        "unknown_minus_unknown": noise.facts(),
        "histogram": _histogram(times),
    }
    return Figure(
        name=name,
        title=f"mean difference known - unknown, {what}",
        unit="ms",
        limit_name="noise: unknown - unknown",
        target=TARGET,
        rounds=[Round(difference.mean, [], facts)],
        verdict=not difference.significant and abs(difference.mean) < MOST_MS,
    )


def _histogram(times: dict[str, list[float]]) -> dict[str, object]:
    """Return counts per bin; the slowest few in a hundred lie beyond and are left out."""
    every = sorted(value for series in times.values() for value in series)
    lowest = every[0]
    width = (every[int(SHOWN * (len(every) - 1))] - lowest) / BINS or 1.0
    counts = {arm: [0] * BINS for arm in times}
    for arm, series in times.items():
        for value in series:
            if (place := int((value - lowest) / width)) < BINS:
                counts[arm][place] += 1
    return {"from_ms": round(lowest, 4), "width_ms": round(width, 5), "counts": counts}


STUDY = Study("timing", timing)
