"""The page that everybody sees first."""

from itertools import repeat

from bench import load, wire
from bench.apart import apart
from bench.figures import Round, Target
from bench.limits import CONNECTIONS
from bench.scenarios.scenario import Scenario
from bench.stage import SIGN_IN, Stage

BARE_PAGE = "one-line Django view on the same server, 16 connections"


def page(stage: Stage) -> Round:
    """Fetch the sign-in page, compressed, in French."""

    def measure() -> tuple[float, dict[str, object]]:
        step = load.Step(wire.get(stage.port, SIGN_IN), 200)
        paths = [repeat(step) for _ in range(CONNECTIONS)]
        tally = apart(load.drive, stage.port, paths, stage.plan.warm_up, stage.plan.pages)
        return tally.rate, tally.facts()

    return stage.beside("bare page", measure)


PAGE = Scenario(
    name="sign-in page",
    family="page",
    title="sign-in page, 16 connections",
    unit="/s",
    limit_name=BARE_PAGE,
    target=Target("ratio ≥ 0.5", least_ratio=0.5),
    measure=page,
)
