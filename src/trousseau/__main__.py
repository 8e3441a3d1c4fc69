"""The `trousseau` command: the product's own subcommands, and every one of Django's."""

import os
import sys

from trousseau import __version__
from trousseau.env import ConfigurationError

OLDEST_PYTHON = (3, 11)


def main() -> None:
    """Run a subcommand; a wrong configuration is one sentence, not a traceback."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Trousseau needs Python 3.11 or later; this is Python {found}.")
    if sys.argv[1:] in (["--version"], ["version"]):
        # Django would give its own.
        sys.stdout.write(f"Trousseau {__version__}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trousseau.settings")
    if sys.argv[1:2] == ["demo"]:
        from trousseau.demo import surroundings  # noqa: PLC0415 - before Django reads settings

        surroundings.prepare(sys.argv[2:])
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - as above

    try:
        execute_from_command_line(["trousseau", *sys.argv[1:]])
    except ConfigurationError as error:
        sys.exit(f"trousseau: {error}")


if __name__ == "__main__":
    main()
