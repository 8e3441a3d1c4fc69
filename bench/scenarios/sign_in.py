"""Signing in: what costs is the hash, and anything else should hardly be seen beside it."""

from collections.abc import Iterator

from bench import load, people, wire
from bench.apart import apart
from bench.figures import Round, Target
from bench.scenarios.scenario import Scenario
from bench.stage import SIGN_IN, Stage

CONNECTIONS = 8
SEE_OTHER = 303


def posts(stage: Stage) -> Round:
    """Sign in on connections kept open, every time as somebody else."""
    return _beside_hashes(stage, paths(stage))


def paths(stage: Stage) -> list[Iterator[load.Step]]:
    """Return the forms that each connection posts."""
    return [_posts(stage, number) for number in range(CONNECTIONS)]


def browsers(stage: Stage) -> Round:
    """Sign in as a browser without cookies does: new connection, page, then the form."""
    return _beside_hashes(stage, [_visits(stage, number) for number in range(CONNECTIONS)])


def _beside_hashes(stage: Stage, visits: list[Iterator[load.Step]]) -> Round:
    def measure() -> tuple[float, dict[str, object]]:
        plan = stage.plan
        tally = apart(load.drive, stage.port, visits, plan.warm_up, plan.sign_ins)
        return tally.rate, tally.facts()

    return stage.beside("argon2", measure)


def _posts(stage: Stage, first: int) -> Iterator[load.Step]:
    for number in range(first, stage.plan.accounts, CONNECTIONS):
        form = wire.post(
            stage.port, SIGN_IN, username=people.username(number), password=people.PASSWORD
        )
        yield load.Step(form, SEE_OTHER)


def _visits(stage: Stage, first: int) -> Iterator[load.Step]:
    page = load.Step(wire.get(stage.port, SIGN_IN), 200, counts=False, fresh=True)
    for post in _posts(stage, first):
        yield page
        yield post


POSTS = Scenario(
    name="sign-in",
    family="sign-in",
    title="sign-in POST, 8 connections, distinct accounts",
    unit="/s",
    limit_name="Argon2id verifications, as many processes as cores",
    target=Target("ratio ≥ 0.85", least_ratio=0.85),
    measure=posts,
)
BROWSERS = Scenario(
    name="sign-in as a browser",
    family="sign-in",
    title="sign-in as a browser does it: new connection, page, POST; 8 at once",
    unit="/s",
    limit_name=POSTS.limit_name,
    target=Target("ratio ≥ 0.75", least_ratio=0.75),
    measure=browsers,
)
