"""Go through the scenarios on one database after the other."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import sink, wire
from bench.databases import DATABASES
from bench.figures import Figure, shortened
from bench.installation import Installation, free_port, running, wait_for_page
from bench.limits import Limits
from bench.plan import Plan
from bench.scenarios import INTERLEAVED, STUDIES
from bench.scenarios.scenario import Study
from bench.stage import Stage

Say = Callable[[str], None]
TROUBLES = (RuntimeError, OSError, wire.BrokenAnswerError)


def measure(database: str, plan: Plan, families: set[str], say: Say) -> list[Figure]:
    """Return the figures of the chosen families on one database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trousseau-bench-")))
        mails = stack.enter_context(sink.running())
        url = stack.enter_context(DATABASES[database](folder))
        installation = Installation(folder, url, mails.port)
        population = stack.enter_context(installation.tended())
        bare_port = free_port()
        stage = Stage(plan, installation, population, Limits(plan, bare_port, mails), mails)
        say(f"{database}: {plan.memberships:,} memberships, {plan.accounts:,} accounts …")
        population.fill(plan.accounts, plan.memberships)
        figures = _studies(stage, families, say, alone=True)
        stack.enter_context(_bare_server(folder, bare_port, installation.environment()))
        stack.enter_context(installation.web())
        figures += _rounds(stage, families, say)
        figures += _studies(stage, families, say, alone=False)
    return figures


def ceiling(plan: Plan) -> float:
    """Return how many answers a second the load generator itself can take here."""
    with tempfile.TemporaryDirectory(prefix="trousseau-bench-") as name, sink.running() as mails:
        port = free_port()
        with _bare_server(Path(name), port):
            return Limits(plan, port, mails).ceiling()


@contextmanager
def _bare_server(
    folder: Path, port: int, environment: dict[str, str] | None = None
) -> Iterator[None]:
    files = folder / "static"
    files.mkdir()
    # About the size of the sign-in page, compressed.
    (files / "page").write_bytes(b"x" * 1500)
    words = [sys.executable, "-m", "bench.bare", str(port), str(files)]
    log = folder / "bare.log"
    with running(words, log, environment) as server:
        wait_for_page(server, port, "/", log)
        yield


def _rounds(stage: Stage, families: set[str], say: Say) -> list[Figure]:
    chosen = [(one, one.figure()) for one in INTERLEAVED if one.family in families]
    for number in range(stage.plan.rounds if chosen else 0):
        for scenario, figure in chosen:
            label = f"  round {number + 1}: {scenario.name}"
            try:
                done = scenario.measure(stage)
            except TROUBLES as trouble:
                say(f"{label}: NOT MEASURED, {trouble}")
                continue
            figure.rounds.append(done)
            say(f"{label}: {shortened(done.value)}{scenario.unit}, ratio {shortened(done.ratio)}")
    return [figure for _, figure in chosen if figure.rounds]


def _studies(stage: Stage, families: set[str], say: Say, *, alone: bool) -> list[Figure]:
    chosen: list[Study] = [one for one in STUDIES if one.alone == alone and one.family in families]
    figures: list[Figure] = []
    for study in chosen:
        try:
            found = study.measure(stage)
        except TROUBLES as trouble:
            say(f"  {study.family}: NOT MEASURED, {trouble}")
            continue
        for figure in found:
            say(f"  {figure.name}: {shortened(figure.value)} {figure.unit}")
        figures += found
    return figures
