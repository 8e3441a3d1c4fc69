"""Memory of web and worker: proportional set size, which counts what is shared only once.

Measured before the servers of the other scenarios run: they would share the same libraries.
"""

import time
from itertools import repeat

from bench import load, wire
from bench.apart import apart
from bench.figures import Figure, Round, Target
from bench.limits import CONNECTIONS
from bench.machine import pss_mib
from bench.scenarios import mails, sign_in
from bench.scenarios.scenario import Study
from bench.stage import SIGN_IN, Stage

MOST_AT_REST = 120.0
MOST_AFTER_LOAD = 160.0
SETTLING_SECONDS = 1.0


def memory(stage: Stage) -> list[Figure]:
    """Weigh the processes after their first page, and after sign-ins, pages and mails."""
    with stage.installation.web(SIGN_IN) as web, stage.installation.worker() as worker:
        time.sleep(SETTLING_SECONDS)
        at_rest = pss_mib(web.pid), pss_mib(worker.pid)
        _load(stage)
        after_load = pss_mib(web.pid), pss_mib(worker.pid)
    stage.population.settle()
    return [
        *_figures("at rest", MOST_AT_REST, *at_rest),
        *_figures("after load", MOST_AFTER_LOAD, *after_load),
    ]


def _load(stage: Stage) -> None:
    plan = stage.plan
    apart(load.drive, stage.port, sign_in.paths(stage), plan.warm_up, plan.sign_ins)
    step = load.Step(wire.get(stage.port, SIGN_IN), 200)
    apart(load.drive, stage.port, [repeat(step)] * CONNECTIONS, plan.warm_up, plan.bare)
    wire.fetch(stage.port, "/memberships.json?q=col")
    stage.sink.forget()
    stage.population.ask(plan.mails)
    mails.deliver(stage)


def _figures(when: str, most: float, web: float, worker: float) -> list[Figure]:
    return [
        Figure(
            name=f"memory, web, {when}",
            title=f"memory (PSS) of two web processes and their parent, {when}",
            unit="MiB",
            target=Target(f"≤ {most:g} MiB", most=most),
            rounds=[Round(web)],
        ),
        Figure(
            name=f"memory, worker, {when}",
            title=f"memory (PSS) of one worker, {when}",
            unit="MiB",
            rounds=[Round(worker)],
        ),
    ]


STUDY = Study("memory", memory, alone=True)
