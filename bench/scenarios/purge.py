"""The purge of spent tickets behind a million sessions: signing in must not feel it.

Only when asked for by name, and on PostgreSQL alone: filling the tables takes minutes.
"""

import time

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
        waiting, begun = stage.population.spent(), time.monotonic()
        with stage.installation.worker():
            tally = _sign_ins(stage)
            seconds = time.monotonic() - begun
        forgotten = waiting - stage.population.spent()
        before, without = without, _sign_ins(stage).rate
        signing_in.rounds.append(Round(tally.rate, [before, without], tally.facts()))
        purging.rounds.append(Round(forgotten / seconds, facts={"tickets": forgotten}))
    waiting, begun = stage.population.spent(), time.monotonic()
    with stage.installation.worker():
        time.sleep(3 * plan.sign_ins)
        seconds = time.monotonic() - begun
    forgotten = waiting - stage.population.spent()
    alone.rounds.append(Round(forgotten / seconds, facts={"tickets": forgotten}))
    return [signing_in, purging, alone]


def _sign_ins(stage: Stage) -> load.Tally:
    # Longer than elsewhere: a worker takes a second to start.
    seconds = 3 * stage.plan.sign_ins
    return apart(load.drive, stage.port, sign_in.paths(stage), stage.plan.warm_up, seconds)


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
