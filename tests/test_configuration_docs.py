"""The page on configuration names every variable that exists, and none that does not."""

import re
from pathlib import Path

import pytest

from trousseau import settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
# What an operator copies from: pages, and the examples of deployment.
SOURCES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*")]
KNOWN = {f"TROUSSEAU_{name}" for name in settings.env.known}


def test_page_has_one_row_for_every_variable() -> None:
    rows = re.findall(r"^\| `(TROUSSEAU_\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert sorted(rows) == sorted(KNOWN)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_or_example_names_an_unknown_variable(source: Path) -> None:
    named = set(re.findall(r"\bTROUSSEAU_[A-Z0-9_]*[A-Z0-9]", source.read_text("utf-8")))

    assert named - KNOWN - {f"{name}_FILE" for name in KNOWN} == set()
