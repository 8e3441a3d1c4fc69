from bench.figures import Figure, Round, Target


def figure(target: Target, *rounds: Round) -> Figure:
    return Figure("name", "title", "/s", target=target, rounds=list(rounds))


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_figures() -> None:
    """A round in which the machine was slow spoils the figure and its limit alike."""
    one = figure(
        Target("", least_ratio=0.5),
        Round(60, [90, 110]),
        Round(6, [9, 11]),
        Round(70, [90, 110]),
    )
    assert (one.value, one.ratio, one.met) == (60, 0.6, True)


def test_a_ratio_below_its_target_is_not_met() -> None:
    assert figure(Target("", least_ratio=0.5), Round(49, [100, 100])).met is False


def test_a_value_is_met_up_to_its_target() -> None:
    assert figure(Target("", most=10), Round(10)).met is True
    assert figure(Target("", most=10), Round(10.1)).met is False


def test_a_figure_without_target_is_neither_met_nor_missed() -> None:
    assert Figure("name", "title", "MiB", rounds=[Round(1)]).met is None
