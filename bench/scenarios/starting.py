"""From the command to the first page."""

import time

from bench.figures import Figure, Round, Target
from bench.scenarios.scenario import Study
from bench.stage import SIGN_IN, Stage

MOST_SECONDS = 1.5


def starting(stage: Stage) -> list[Figure]:
    """Start the web server, and ask until a page comes."""
    figure = Figure(
        name="start",
        title="start of `trousseau serve` to the first sign-in page",
        unit="s",
        target=Target(f"≤ {MOST_SECONDS} s", most=MOST_SECONDS),
    )
    for _ in range(stage.plan.starts):
        begun = time.perf_counter()
        with stage.installation.web(SIGN_IN):
            figure.rounds.append(Round(time.perf_counter() - begun))
    return [figure]


STUDY = Study("start", starting, alone=True)
