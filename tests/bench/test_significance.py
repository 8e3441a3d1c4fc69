import random

import pytest

from bench.significance import compare


def times(middle: float, seed: int) -> list[float]:
    """Times as a server has them: close together, with a few that took much longer."""
    chance = random.Random(seed)  # noqa: S311 - made-up times
    return [
        middle + chance.gauss(0, 0.3) + (chance.random() < 0.02) * chance.uniform(0, 50)
        for _ in range(1000)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_series_of_the_same_kind_do_not_differ(seed: int) -> None:
    assert not compare(times(5, seed), times(5, seed + 100)).significant


@pytest.mark.parametrize("seed", range(5))
def test_a_shift_far_below_the_outliers_is_seen(seed: int) -> None:
    comparison = compare(times(5.1, seed), times(5, seed + 100))
    assert comparison.significant
    assert comparison.median == pytest.approx(0.1, abs=0.06)


def test_equal_values_have_no_difference() -> None:
    comparison = compare([1.0, 1.0], [1.0, 1.0])
    assert (comparison.mean, comparison.p_means) == (0.0, 1.0)
