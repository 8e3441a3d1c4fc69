"""Write the figures down: latest.json for programs, summary.md for people."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.figures import Figure, Round, shortened
from bench.plan import Plan

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# From here on nobody needs a fraction.
WHOLE_FROM = 100
LEAST_PERCENT = 0.01
MET = {True: "yes", False: "**no**", None: ""}


def write(
    folder: Path, facts: Mapping[str, object], plan: Plan, figures: Mapping[str, list[Figure]]
) -> None:
    """Write both files into the folder."""
    data = {
        "machine": facts,
        "plan": asdict(plan),
        "databases": {
            database: [figure.as_data() for figure in found] for database, found in figures.items()
        },
    }
    text = json.dumps(data, ensure_ascii=False, indent=1)
    (folder / "latest.json").write_text(text + "\n", encoding="utf-8")
    (folder / "summary.md").write_text(
        "\n".join(_summary(facts, plan, figures)) + "\n", encoding="utf-8"
    )


def _summary(
    facts: Mapping[str, object], plan: Plan, figures: Mapping[str, list[Figure]]
) -> Iterator[str]:
    yield "# Figures"
    yield ""
    yield (
        f"{facts['date']}, {facts['cores']} cores ({facts['processor']}), "
        f"{facts['memory_gib']} GiB, {facts['system']}, Python {facts['python']}, "
        f"Django {facts['django']}, Granian {facts['granian']}. Load average at the start: "
        f"{facts['load_average']}. The load generator alone reaches {facts['generator_ceiling']} "
        f"answers a second here. {_rounds(plan)}; server, database, load and mail "
        "sink share the machine. How to read and repeat: "
        "[docs/benchmark.md](../../docs/benchmark.md)."
    )
    for database, found in figures.items():
        yield ""
        yield f"## {NAMES[database]}"
        yield ""
        yield "| scenario | figure | limit beside it | ratio | target | met |"
        yield "| --- | ---: | ---: | ---: | --- | --- |"
        yield from (_row(figure) for figure in found)
    if figures:
        yield ""
        yield from _limits(found for found in figures.values())


def _row(figure: Figure) -> str:
    limit = "" if figure.limit is None else _number(figure.limit) + _by_smtplib(figure)
    noise = _noise(figure)
    cells = (
        figure.title,
        f"{_number(figure.value)} {figure.unit}".replace(" /s", "/s") + _slowest(figure),
        noise or limit,
        "" if figure.ratio is None else _share(figure.ratio),
        figure.target.words if figure.target else "",
        MET[figure.met],
    )
    return f"| {' | '.join(cells)} |"


def _slowest(figure: Figure) -> str:
    """Return what one in a hundred waits for, where that was measured."""
    waits = [round_.facts["latency_ms"]["p99"] for round_ in figure.rounds if _has_waits(round_)]
    return f", p99 {_number(median(waits))} ms" if waits else ""


def _has_waits(round_: Round) -> bool:
    return "p99" in round_.facts.get("latency_ms", {})


def _share(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= LEAST_PERCENT else f"{ratio:.1g}"


def _by_smtplib(figure: Figure) -> str:
    rates = [round_.facts.get("sink_by_smtplib") for round_ in figure.rounds]
    known = [rate for rate in rates if rate]
    return f" (by smtplib {_number(median(known))})" if known else ""


def _noise(figure: Figure) -> str:
    """Return what stands in for a limit where two series are compared."""
    facts = figure.rounds[0].facts
    if "unknown_minus_unknown" not in facts:
        return ""
    known, unknown = facts["known_minus_unknown"], facts["unknown_minus_unknown"]
    return (
        f"noise {unknown['mean_ms']:+.3f} ms; "
        f"p = {known['p_means']:.2f} (means), {known['p_ranks']:.2f} (ranks)"
    )


def _limits(all_figures: Iterable[list[Figure]]) -> Iterator[str]:
    yield "Limits, measured just before and just after each scenario:"
    yield ""
    named = {
        figure.limit_name: None
        for figures in all_figures
        for figure in figures
        if figure.limit_name
    }
    yield from (f"- {name}" for name in named)


def _number(number: float) -> str:
    short = shortened(number) or 0.0
    return f"{short:,.0f}" if abs(short) >= WHOLE_FROM else f"{short:g}"


def _rounds(plan: Plan) -> str:
    return "One round only" if plan.rounds == 1 else f"Medians of {plan.rounds} rounds"
