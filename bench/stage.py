"""One database with the product on it, ready to be measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from bench import people
from bench.figures import Round
from bench.installation import Installation, Population
from bench.limits import Limits
from bench.plan import Plan
from bench.sink import Sink

SIGN_IN = f"/{people.SLUG}/sign-in/"
RECOVER = f"/{people.SLUG}/recover/"


@dataclass
class Stage:
    """What a scenario works with; the web server runs, a worker only where a scenario says so."""

    plan: Plan
    installation: Installation
    population: Population
    limits: Limits
    sink: Sink
    # Unknown addresses and usernames, none of them used twice.
    strangers: Iterator[int] = field(default_factory=count)

    @property
    def port(self) -> int:
        """The port of the web server."""
        return self.installation.port

    def new_strangers(self, number: int) -> range:
        """Return numbers of people whom nobody knows and whom nobody has asked for yet."""
        first = next(self.strangers)
        for _ in range(number - 1):
            next(self.strangers)
        return range(first, first + number)

    def beside(self, limit: str, measure: Callable[[], tuple[float, dict[str, object]]]) -> Round:
        """Measure between two measurements of a limit."""
        before = self.limits.now(limit)
        value, facts = measure()
        self.limits.something_ran()
        return Round(value, [before, self.limits.now(limit)], facts)
