"""`python -m bench.attacks`: simulate attacks on the sign-in, write docs/security/attacks.md.

About five minutes; `--quick` tries a hundredth and writes nothing.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.inside.attacks import Person, Tally
    from trousseau.organisations.models import Organisation

PAGE = Path(__file__).resolve().parents[1] / "docs" / "security" / "attacks.md"
START = datetime(2026, 9, 1, 6, 0, 5, tzinfo=UTC)
HEAD = """# What attacks come to

Written by `python -m bench.attacks`. It runs the product's own services on a database in memory,
with a clock that travels and the hash replaced by its verdict; nothing of
[the throttling](../decisions/throttling.md) is replaced. 15 % of what people type is wrong. Small
versions of each run with the tests (`tests/bench/test_attacks.py`).

« Reached the hash » are the guesses that were looked at. All others were told to wait.

"""
GUESSES = ("| attack | guesses | reached the hash | share |", "| --- | --- | --- | --- |")
PEOPLE = (
    "| meanwhile | people | told to wait | longest wait | never got in |",
    "| --- | --- | --- | --- | --- |",
)


def main() -> None:
    """Run every simulation and show what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth, written nowhere")
    scale = 100 if parser.parse_args().quick else 1
    _set_up()
    attacks: list[str] = []
    people: list[str] = []
    for simulate in (_morning, _one_account, _spraying, _spraying_everywhere):
        begun = time.monotonic()
        simulate(scale, attacks, people)
        print(f"{simulate.__name__}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    text = HEAD + "\n".join([*GUESSES, *attacks, "", *PEOPLE, *people]) + "\n"
    print(text)
    if scale == 1:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")


def _set_up() -> None:
    for name in [name for name in os.environ if name.startswith("TROUSSEAU_")]:
        del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = "trousseau.settings"
    os.environ["TROUSSEAU_SECRET_KEY"] = "for a simulation"  # noqa: S105 - keeps nothing
    os.environ["TROUSSEAU_DATABASE_URL"] = "sqlite://:memory:"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _organisations(name: str, number: int = 1) -> "list[Organisation]":
    from trousseau.organisations.models import Organisation

    return [
        Organisation.objects.create(slug=f"{name}-{n}", name=f"{name} {n}") for n in range(number)
    ]


def _morning(scale: int, _attacks: list[str], people: list[str]) -> None:
    from bench.inside import attacks

    with attacks.world(START) as here:
        (school,) = _organisations("morning")
        pupils = attacks.morning(here, school, 600 // min(scale, 10), 300)
    people.append(_people("600 pupils behind one address within five minutes", pupils))


def _one_account(scale: int, rows: list[str], people: list[str]) -> None:
    from bench.inside import attacks

    for name, days in (("an hour", 1 / 24), ("a week", 7.0)):
        with attacks.world(START + timedelta(days=30)) as here:
            (school,) = _organisations(f"one-{name[2:].strip()}")
            tally, owner = attacks.one_account(
                here,
                school,
                guesses=100_000 // scale,
                addresses=1000 // scale,
                seconds=days * 86_400,
                visits=100,
            )
        rows.append(_guesses(f"one account, from 1,000 networks, within {name}", tally))
        people.append(_people(f"its owner on a trusted device, within {name}", owner))


def _spraying(scale: int, rows: list[str], people: list[str]) -> None:
    _spray(scale, 1, "100,000 accounts of one organisation", rows, people)


def _spraying_everywhere(scale: int, rows: list[str], people: list[str]) -> None:
    _spray(scale, 1000 // scale, "100,000 accounts of 1,000 organisations", rows, people)


def _spray(scale: int, number: int, what: str, rows: list[str], people: list[str]) -> None:
    from bench.inside import attacks

    with attacks.world(START + timedelta(days=60 + number)) as here:
        schools = _organisations(f"spray{number}", number)
        tally, groups = attacks.spraying(
            here,
            schools,
            guesses=100_000 // scale,
            addresses=1000 // scale,
            seconds=3600,
            each=300 // min(scale, 10),
        )
    rows.append(_guesses(f"{what}, once each, from 1,000 networks, within an hour", tally))
    people += [_people(f"{what}: {name}", group) for name, group in groups.items()]


def _guesses(name: str, tally: "Tally") -> str:
    share = tally.hashed / tally.guesses
    return f"| {name} | {tally.guesses:,} | {tally.hashed:,} | {share:.2%} |"


def _people(name: str, group: Iterable["Person"]) -> str:
    everybody = list(group)
    held = sum(1 for one in everybody if one.held)
    longest = max((one.waited for one in everybody), default=timedelta())
    out = sum(1 for one in everybody if not one.entered)
    wait = f"{longest.total_seconds():.0f} s" if held else "none"
    return f"| {name} | {len(everybody):,} | {held:,} | {wait} | {out:,} |"


if __name__ == "__main__":
    main()
