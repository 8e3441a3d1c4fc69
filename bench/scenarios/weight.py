"""What a visitor's first page costs to fetch: bytes as sent, and requests."""

import re
from urllib.parse import urljoin

from bench import people, wire
from bench.figures import Figure, Round, Target
from bench.scenarios.scenario import Study
from bench.stage import RECOVER, SIGN_IN, Stage

MOST_KB = 14.0
MOST_REQUESTS = 4
PAGES = {"sign-in page": SIGN_IN, "recovery page": RECOVER, "general recovery page": "/recover/"}
_LINKED = re.compile(
    rb'<(?:link[^>]*?rel="(?:icon|stylesheet)"[^>]*?href|(?:script|img)[^>]*?src)="([^"]+)"'
)


def weight(stage: Stage) -> list[Figure]:
    """Fetch each page and everything it links, as a browser with an empty cache."""
    figures = []
    for name, path in PAGES.items():
        sizes = _sizes(stage.port, path)
        figures.append(
            Figure(
                name=f"weight, {name}",
                title=f"weight of the {name} with all it links, heads included",
                unit="KB",
                target=Target(f"≤ {MOST_KB:g} KB", most=MOST_KB),
                rounds=[Round(sum(sizes.values()) / 1000, [], {"bytes": sizes})],
            )
        )
        figures.append(
            Figure(
                name=f"requests, {name}",
                title=f"requests of the {name}",
                unit="requests",
                target=Target(f"≤ {MOST_REQUESTS}", most=MOST_REQUESTS),
                rounds=[Round(len(sizes))],
            )
        )
    return figures


def _sizes(port: int, path: str) -> dict[str, int]:
    page = wire.fetch(port, path)
    sizes = {"page": page.size}
    for link in _LINKED.findall(wire.content(page)):
        where = urljoin(path, link.decode())
        sizes[where.replace(people.SLUG, "…")] = wire.fetch(port, where).size
    return sizes


STUDY = Study("weight", weight)
