"""What the pages point at exists, and the page for families quotes the screens as they are."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")})
SOURCES = sorted(
    {
        *PAGES,
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("tools/*.py"),
        *ROOT.glob("deploy/*"),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    }
)
CATALOGUE = ROOT / "src/trousseau/locale/fr/LC_MESSAGES/django.po"
FAMILIES = ROOT / "docs/recovery-step-by-step.md"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return a page without what is shown rather than said: code and comments."""
    text = re.sub(r"<!--.*?-->", "", page.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """Return the anchors a forge makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        aim = (page.parent / file).resolve() if file else page
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_page_named_in_passing_exists(source: Path) -> None:
    named = re.findall(r"\bdocs/[\w./-]*\.md\b", source.read_text("utf-8"))

    assert [page for page in named if not (ROOT / page).exists()] == []


def test_page_for_families_quotes_labels_as_the_screens_show_them() -> None:
    with CATALOGUE.open("rb") as stream:
        messages = [message.string for message in read_po(stream) if message.id]
    forms = [[said] if isinstance(said, str) else said or () for said in messages]
    shown = {" ".join(text.split()) for said in forms for text in said}
    quoted = re.findall(r"\*\*« (.+?) »\*\*", " ".join(FAMILIES.read_text("utf-8").split()))

    assert len(quoted) > 10
    assert [label for label in quoted if label not in shown] == []


@pytest.mark.parametrize(
    ("page", "folder"), [("reliability.md", "tests/faults"), ("security/pathways.md", "tests")]
)
def test_every_test_that_a_page_of_guarantees_names_exists(page: str, folder: str) -> None:
    """SIG-08: a guarantee whose proof has gone is a claim."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    named = re.findall(r"`((?:tests/)?[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 20
    for file, test in named:
        path = ROOT / (file if file.startswith("tests/") else f"{folder}/{file}")
        assert f"\ndef {test}(" in path.read_text("utf-8"), f"{file}::{test}"
