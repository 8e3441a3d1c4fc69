"""`trousseau check`: Django's checks, and whether everything the configuration names is there."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import check as django_check

from trousseau.operations import faults


class Command(django_check.Command):
    """The configuration check."""

    def handle(self, *labels: Any, **options: Any) -> None:
        """Print one line a fault and exit with 1, or say that all is well."""
        faults.refuse_demonstration()
        super().handle(*labels, **options)
        found = faults.find()
        for fault in found:
            self.stderr.write(fault)
        if found:
            message = f"{len(found)} fault(s)."
            raise CommandError(message)
        self.stdout.write("Database, cache, mail server, photos and secrets: all well.")
