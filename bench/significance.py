"""Whether two series of times differ by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import fmean, median, variance

# Of this many honest comparisons, one looks like a difference.
ONE_IN = 100
TAIL = 0.05


@dataclass(frozen=True)
class Comparison:
    """The difference first - second, and how likely chance alone gives as much.

    `p_means` is Welch's test of the means, `p_ranks` Mann and Whitney's of the order, which
    sees a small shift under a few large outliers. Both by the normal approximation, good from
    some dozens of values on.
    """

    mean: float
    half_width: float
    trimmed_mean: float
    median: float
    p_means: float
    p_ranks: float

    @property
    def significant(self) -> bool:
        """Whether either test sees a difference."""
        return min(self.p_means, self.p_ranks) < 1 / ONE_IN / 2

    def facts(self) -> dict[str, object]:
        """Return it rounded, for the results file."""
        return {
            "mean_ms": round(self.mean, 4),
            "interval_95_ms": [
                round(self.mean - self.half_width, 4),
                round(self.mean + self.half_width, 4),
            ],
            "trimmed_mean_ms": round(self.trimmed_mean, 4),
            "median_ms": round(self.median, 4),
            "p_means": round(self.p_means, 4),
            "p_ranks": round(self.p_ranks, 4),
            "significant": self.significant,
        }


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two series of at least two values each."""
    difference = fmean(first) - fmean(second)
    error = sqrt(variance(first) / len(first) + variance(second) / len(second))
    return Comparison(
        mean=difference,
        half_width=1.96 * error,
        trimmed_mean=_trimmed(first) - _trimmed(second),
        median=median(first) - median(second),
        p_means=_two_sided(difference / error) if error else 1.0,
        p_ranks=_two_sided(_rank_score(first, second)),
    )


def _trimmed(values: Sequence[float]) -> float:
    ordered = sorted(values)
    cut = int(len(ordered) * TAIL)
    return fmean(ordered[cut : len(ordered) - cut])


def _rank_score(first: Sequence[float], second: Sequence[float]) -> float:
    """Return by how many standard deviations the sum of ranks is off; times hardly ever tie."""
    marked = sorted([(value, 1) for value in first] + [(value, 0) for value in second])
    ranks = sum(rank for rank, (_, mark) in enumerate(marked, start=1) if mark)
    ours, all_ = len(first), len(marked)
    expected = ours * (all_ + 1) / 2
    return (ranks - expected) / sqrt(ours * (all_ - ours) * (all_ + 1) / 12)


def _two_sided(score: float) -> float:
    return erfc(abs(score) / sqrt(2))
