"""`trousseau audit verify` and `trousseau audit export`."""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from trousseau.audit import exporting, verifying


class Command(BaseCommand):
    """The audit trail from the command line."""

    help = "Verify the audit trail, or export it as JSON lines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser(
            "verify", help="check every seal; say what is altered, missing or inserted"
        )
        verify.add_argument(
            "--head",
            type=_head,
            action="append",
            default=[],
            metavar="NUMBER:HEAD",
            help="a head noted elsewhere, say in the log; repeatable",
        )
        verify.add_argument("--export", type=Path, metavar="FILE", help="check an export instead")
        export = actions.add_parser("export", help="write events and seals to standard output")
        export.add_argument("--organisation", metavar="SLUG", help="those of one organisation")
        export.add_argument("--since", type=_moment, help="from this day or moment on (UTC)")
        export.add_argument("--until", type=_moment, help="before this day or moment (UTC)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Verify or export."""
        if options["action"] == "export":
            choice = exporting.Choice(options["organisation"], options["since"], options["until"])
            for line in exporting.lines(choice):
                self.stdout.write(line)
        elif options["export"]:
            with options["export"].open(encoding="utf-8") as file:
                self._report(exporting.check(file))
            self.stdout.write(
                "The export is as it was written, and its events as they were sealed."
            )
        else:
            self._verify(dict(options["head"]))

    def _verify(self, heads: dict[int, str]) -> None:
        tally = verifying.Tally()
        self._report(verifying.verify(tally, heads))
        self.stdout.write(
            f"{tally.segments} segments hold, with {tally.events} events; "
            f"{tally.unsealed} events are not sealed yet. Head: {tally.head or 'none'}"
        )

    def _report(self, faults: Iterable[str]) -> None:
        """Print each fault, and end with status 1 if there is one."""
        found = 0
        for fault in faults:
            self.stdout.write(fault)
            found += 1
        if found:
            self.stderr.write(f"{found} faults: the trail is not as it was sealed.")
            sys.exit(1)


def _head(text: str) -> tuple[int, str]:
    number, _, head = text.partition(":")
    return int(number), head


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        day = parse_date(text)
        if day is None:
            raise argparse.ArgumentTypeError(f"{text!r} is neither a day nor a moment")
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
