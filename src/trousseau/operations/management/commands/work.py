"""`trousseau work`."""

from typing import Any

from django.core.management.base import BaseCommand

from trousseau.operations import faults, worker


class Command(BaseCommand):
    """The production worker."""

    help = "Answer requests and deliver mail; run as many as you like."

    def handle(self, *_: Any, **__: Any) -> None:
        """Work until told to stop."""
        faults.refuse_unfit()
        worker.work()
