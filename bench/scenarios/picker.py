"""A search among 20,000 memberships."""

from itertools import repeat
from statistics import median
from urllib.parse import quote

from bench import load, wire
from bench.apart import apart
from bench.figures import Figure, Round, Target
from bench.scenarios.scenario import Study
from bench.stage import Stage

# As people type: from a letter to a whole name; the last ones are hardly or never found.
QUERIES = (
    "l",
    "col",
    "drancy",
    "educ normandie",
    "l'éduc",
    "ecole elementaire",
    "lycee jean moulin",
    "college simone veil bar",
    "0750001a",
    "zzzz",
)
MOST_MS = 10.0


def picker(stage: Stage) -> list[Figure]:
    """Time each query inside the application, and over HTTP on one connection."""
    searches = stage.plan.searches
    inside = stage.installation.searches(searches, QUERIES)
    arms = {
        query: repeat(wire.get(stage.port, f"/memberships.json?q={quote(query)}"))
        for query in QUERIES
    }
    over_http = apart(load.time_in_turn, stage.port, arms, searches, 30.0, 200)
    title = f"picker at {stage.plan.memberships:,} memberships, slowest query"
    index = {"first_search_ms": round(inside["first"], 1)}
    return [
        _figure("picker", f"{title}, server time", inside["times"], index),
        _figure("picker over HTTP", f"{title}, over HTTP", over_http, {}),
    ]


def _figure(
    name: str, title: str, times: dict[str, list[float]], facts: dict[str, float]
) -> Figure:
    medians = {query: round(median(series), 3) for query, series in times.items()}
    slowest = {query: round(max(series), 3) for query, series in times.items()}
    return Figure(
        name=name,
        title=title,
        unit="ms",
        target=Target(f"< {MOST_MS:g} ms", most=MOST_MS),
        rounds=[
            Round(max(medians.values()), [], {**facts, "median_ms": medians, "worst_ms": slowest})
        ],
    )


STUDY = Study("picker", picker)
