"""What every scenario is."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Figure, Round, Target
from bench.stage import Stage


@dataclass(frozen=True)
class Scenario:
    """One that stands beside a limit, measured once a round; `family` is its name for --only."""

    name: str
    family: str
    title: str
    unit: str
    limit_name: str
    target: Target | None
    measure: Callable[[Stage], Round]

    def figure(self) -> Figure:
        """Return the figure that the rounds will fill."""
        return Figure(self.name, self.title, self.unit, self.limit_name, self.target)


@dataclass(frozen=True)
class Study:
    """One that is measured in one go, and yields figures of its own.

    `alone`: before the web server of the other scenarios runs.
    """

    family: str
    measure: Callable[[Stage], list[Figure]]
    alone: bool = False
