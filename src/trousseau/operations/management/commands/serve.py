"""`trousseau serve`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from trousseau.operations import faults, web


class Command(BaseCommand):
    """The production web server."""

    help = "Serve the web pages, as the environment says."

    def add_arguments(self, parser: CommandParser) -> None:
        """Let host and port be given for a try."""
        parser.add_argument("--host", default=settings.WEB_HOST)
        parser.add_argument("--port", type=int, default=settings.WEB_PORT)

    def handle(self, *_: Any, **options: Any) -> None:
        """Serve until told to stop."""
        faults.refuse_unfit()
        web.serve(options["host"], options["port"], settings.WEB_PROCESSES)
