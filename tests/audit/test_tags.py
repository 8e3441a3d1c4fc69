"""The inventory names every tag, and every tag is written somewhere (A16.1.1)."""

import re
from pathlib import Path

from trousseau.audit import exporting, records
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/audit.md").read_text("utf-8")
SOURCES = [one for one in (ROOT / "src").rglob("*.py") if one.name != "tags.py"]
INVENTORY = PAGE.partition("\n## Inventory\n")[2].partition("\n## ")[0]


def test_inventory_has_one_row_for_every_tag() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", INVENTORY, re.MULTILINE)
    assert sorted(rows) == sorted(Tag)


def test_every_tag_is_written_somewhere() -> None:
    used = set()
    for source in SOURCES:
        text = source.read_text("utf-8")
        if not source.match("accounts/services/activity.py") and not source.match("views/*.py"):
            used |= set(re.findall(r"\bTag\.([A-Z_]+)", text))
    assert [tag.name for tag in Tag if tag.name not in used] == []


def test_page_names_every_field_of_an_event() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("\n## Inventory")[0], re.MULTILINE)
    assert sorted(rows) == sorted({*records.FIELDS, "id", "blanked"})
    assert sorted(rows) == sorted(field.name for field in Event._meta.concrete_fields)  # noqa: SLF001 - documented by Django


def test_example_in_the_page_has_the_schema_of_the_log() -> None:
    (example,) = re.findall(r'"event": (\{.*?\}\})\}', PAGE, re.DOTALL)
    named = re.findall(r'"(\w+)":', example.partition('"facts"')[0])
    assert [*named, "facts"] == list(records.FIELDS)


def test_export_has_a_version() -> None:
    """A change of the schema must raise it."""
    assert exporting.VERSION == 1
