"""The purge of spent tickets behind a million sessions: signing in must not feel it.

Only when asked for by name, and on PostgreSQL alone: filling the tables takes minutes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import load
from bench.apart import apart
from bench.figures import Figure, Round, Target
from bench.scenarios import sign_in
from bench.scenarios.scenario import Study
from bench.stage import Stage


def purge(stage: Stage) -> list[Figure]:
    """Sign in with a worker that purges and without any, in turn; then have it purge alone."""
    if not stage.installation.on_postgresql:
        return []
    plan = stage.plan
    stage.population.crowd(plan.live_sessions, plan.spent_tickets)
    signing_in, purging, alone = _figures(plan.live_sessions, plan.spent_tickets)
    without = _sign_ins(stage).rate
    for _ in range(plan.rounds):
        with _purging(stage, purging):
            tally = _sign_ins(stage)
        before, without = without, _sign_ins(stage).rate
        signing_in.rounds.append(Round(tally.rate, [before, without], tally.facts()))
    with _purging(stage, alone):
        time.sleep(plan.sign_ins)
    return [signing_in, purging, alone]


@contextmanager
def _purging(stage: Stage, figure: Figure) -> Iterator[None]:
    """Have a worker purge while the block runs, and count what it forgets in that time."""
    waiting = stage.population.spent()
    with stage.installation.worker():
        while (left := stage.population.spent()) == waiting:
            time.sleep(0.1)
        begun = time.monotonic()
        yield
        forgotten, seconds = left - stage.population.spent(), time.monotonic() - begun
    if forgotten == left:
        raise RuntimeError("too few tickets: the purge came to its end")
    figure.rounds.append(Round(forgotten / seconds, facts={"tickets": forgotten}))


def _sign_ins(stage: Stage) -> load.Tally:
    plan = stage.plan
    return apart(load.drive, stage.port, sign_in.paths(stage), plan.warm_up, plan.sign_ins)


def _figures(sessions: int, tickets: int) -> tuple[Figure, Figure, Figure]:
    crowd = f"{sessions:,} live sessions, {tickets:,} spent tickets"
    return (
        Figure(
            name="sign-in while tickets are purged",
            title=f"sign-in POST while a worker purges: {crowd}",
            unit="/s",
            limit_name="the same sign-ins without a worker, just before and just after",
            target=Target("ratio ≥ 0.9", least_ratio=0.9),
        ),
        Figure("purge beside sign-ins", "tickets purged meanwhile", "/s"),
        Figure("purge alone", "tickets purged while nobody signs in", "/s"),
    )


STUDY = Study(family="purge", measure=purge)
