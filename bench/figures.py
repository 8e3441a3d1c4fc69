"""Figures, each beside its limit and its target."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Target:
    """What a figure should reach: a share of its limit, or a value it must not pass."""

    words: str
    least_ratio: float | None = None
    most: float | None = None


@dataclass
class Round:
    """One measurement, between two of its limit."""

    value: float
    limits: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The value as a share of the mean of its limits."""
        return self.value * len(self.limits) / sum(self.limits) if self.limits else None


@dataclass
class Figure:
    """What was measured under one name, round by round; medians speak for them."""

    name: str
    title: str
    unit: str
    limit_name: str = ""
    target: Target | None = None
    rounds: list[Round] = field(default_factory=list)
    # For a target that one number cannot judge.
    verdict: bool | None = None

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(round_.value for round_ in self.rounds)

    @property
    def limit(self) -> float | None:
        """The median of what the machine could do."""
        limits = [limit for round_ in self.rounds for limit in round_.limits]
        return median(limits) if limits else None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios."""
        ratios = [ratio for round_ in self.rounds if (ratio := round_.ratio) is not None]
        return median(ratios) if ratios else None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached, None where there is none."""
        if self.verdict is not None or self.target is None:
            return self.verdict
        if self.target.least_ratio is not None:
            return self.ratio is not None and self.ratio >= self.target.least_ratio
        return self.target.most is not None and self.value <= self.target.most

    def as_data(self) -> dict[str, Any]:
        """Return everything, for the results file."""
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            "value": shortened(self.value),
            "limit_name": self.limit_name,
            "limit": shortened(self.limit),
            "ratio": shortened(self.ratio),
            "target": self.target.words if self.target else "",
            "met": self.met,
            "rounds": [
                {
                    "value": shortened(round_.value),
                    "limits": [shortened(limit) for limit in round_.limits],
                    "ratio": shortened(round_.ratio),
                    **round_.facts,
                }
                for round_ in self.rounds
            ],
        }


def shortened(number: float | None) -> float | None:
    """Return four significant digits: a benchmark knows no more."""
    return None if number is None else float(f"{number:.4g}")
