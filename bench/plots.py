"""Plots as plain SVG: bars against their target, and the distribution of times."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from bench.figures import Figure
from bench.report import NAMES

WIDTH = 760
ROW = 30
LEFT = 200
RIGHT = 130
TOP = 56
# Where the bars end, in targets.
FULL = 1.6
# Readable on a light page and on a dark one.
STYLE = """
text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-size:16px;font-weight:600}
.quiet{fill:#5b6b79}.sqlite{fill:#0b645e;stroke:#0b645e}.postgresql{fill:#3b6fb5;stroke:#3b6fb5}
.target{stroke:#b3261e;stroke-width:2;stroke-dasharray:4 3}.axis{stroke:#9aa5b1}
polyline{fill:none!important;stroke-width:1.8}.first{stroke:#b3261e;fill:#b3261e}
.second{stroke:#0b645e;fill:#0b645e}.third{stroke:#7a8794;fill:#7a8794}
rect,text,.legend{stroke:none!important}.page{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e4e9ee}.quiet{fill:#a3b1bf}.page{fill:#14191f}
.sqlite{fill:#3fb6a8}.postgresql{fill:#7aa7e6}.first{stroke:#ff8a80;fill:#ff8a80}
.second{stroke:#3fb6a8;fill:#3fb6a8}}
"""
ARMS = {"known": "first", "unknown": "second", "unknown again": "third"}


def write(folder: Path, figures: Mapping[str, Sequence[Figure]]) -> None:
    """Write one plot of all ratios, and one of the times of each comparison."""
    ratios = {
        database: [figure for figure in found if figure.ratio is not None and figure.target]
        for database, found in figures.items()
    }
    if any(ratios.values()):
        _save(folder / "ratios.svg", *_bars(ratios))
    for database, found in figures.items():
        compared = [figure for figure in found if "histogram" in figure.rounds[0].facts]
        if compared:
            title = f"Time of an answer, {NAMES[database]}"
            _save(folder / f"times-{database}.svg", *_distributions(title, compared))


def _save(path: Path, height: float, parts: Iterable[str]) -> None:
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="page" width="{WIDTH}" height="{height:g}"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )


def _bars(figures: Mapping[str, Sequence[Figure]]) -> tuple[float, Iterator[str]]:
    """Each ratio as a share of its target: beyond the line the target is met."""
    names = list(dict.fromkeys(figure.name for found in figures.values() for figure in found))
    by_name = {
        database: {figure.name: figure for figure in found} for database, found in figures.items()
    }
    step = ROW * len(figures) + 14
    height = TOP + step * len(names) + 34
    scale = (WIDTH - LEFT - RIGHT) / FULL

    def parts() -> Iterator[str]:
        yield _text(
            16, 26, "Share of the limit reached; beyond the red line the target is met", "title"
        )
        for position, name in enumerate(names):
            y = TOP + position * step
            yield _text(16, y + 17, name)
            for row, (database, found) in enumerate(by_name.items()):
                if name in found:
                    yield from _bar(found[name], database, y + row * ROW, scale)
        x = LEFT + scale
        yield _line(x, TOP - 10, x, height - 30, "target")
        yield from _legend(height - 12, {NAMES[database]: database for database in figures})

    return height, parts()


def _bar(figure: Figure, database: str, y: float, scale: float) -> Iterator[str]:
    least = figure.target.least_ratio if figure.target else None
    ratio, least = figure.ratio or 0.0, least or 1.0
    length = max(1.0, min(ratio / least, FULL) * scale)
    yield f'<rect class="{database}" x="{LEFT}" y="{y}" width="{length:.1f}" height="22" rx="3"/>'
    told = f"{ratio:.2g} of ≥ {least:.2g}"
    yield _text(WIDTH - RIGHT + 14, y + 16, told, "quiet")


def _distributions(title: str, figures: Sequence[Figure]) -> tuple[float, Iterator[str]]:
    panel = 190
    height = TOP + panel * len(figures) + 30

    def parts() -> Iterator[str]:
        yield _text(16, 26, title, "title")
        for position, figure in enumerate(figures):
            yield from _panel(figure, TOP + position * panel, panel - 50)
        yield from _legend(height - 12, ARMS)

    return height, parts()


def _panel(figure: Figure, top: float, high: float) -> Iterator[str]:
    histogram = figure.rounds[0].facts["histogram"]
    counts: dict[str, list[int]] = histogram["counts"]
    first, width = histogram["from_ms"], histogram["width_ms"]
    bins = len(next(iter(counts.values())))
    peak = max(max(series) for series in counts.values())
    step = (WIDTH - 32) / (bins - 1)
    bottom = top + high
    yield _text(16, top + 4, figure.title)
    for arm, series in counts.items():
        points = " ".join(
            f"{16 + number * step:.1f},{bottom - count / peak * (high - 18):.1f}"
            for number, count in enumerate(series)
        )
        yield f'<polyline class="{ARMS[arm]}" points="{points}"/>'
    yield _line(16, bottom, WIDTH - 16, bottom, "axis")
    for number in range(0, bins, 10):
        yield _text(16 + number * step, bottom + 17, f"{first + number * width:.3g} ms", "quiet")


def _legend(y: float, classes: Mapping[str, str]) -> Iterator[str]:
    for number, (name, css) in enumerate(classes.items()):
        x = 16 + number * 140
        yield f'<rect class="legend {css}" x="{x}" y="{y - 10:g}" width="12" height="12" rx="2"/>'
        yield _text(x + 18, y, name, "quiet")


def _text(x: float, y: float, words: str, css: str = "") -> str:
    kind = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
