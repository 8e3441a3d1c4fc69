"""`trousseau breached_passwords SOURCE LIST`."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from trousseau.accounts.passwords import breached


class Command(BaseCommand):
    """The list of leaked passwords, made on this machine from an operator's file (PWD-06)."""

    help = "Make the list for TROUSSEAU_BREACHED_PASSWORDS from SHA-1 lines or plain passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where from and where to."""
        parser.add_argument("source", help="a file, or - for standard input")
        parser.add_argument("list", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        """Make the list and say how long it is."""
        if options["source"] == "-":
            entries = breached.build(sys.stdin, options["list"])
        else:
            with Path(options["source"]).open(encoding="utf-8", errors="replace") as lines:
                entries = breached.build(lines, options["list"])
        self.stdout.write(f"{entries} passwords. Set TROUSSEAU_BREACHED_PASSWORDS to its path.")
