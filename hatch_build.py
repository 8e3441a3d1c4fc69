"""Make what the sources do not hold: compiled message catalogues and fingerprinted static files.

Hatchling runs it for the wheel, whole, and for the editable install; `python hatch_build.py` makes
only what is older than its source. It reads the package's folders, never the application's
settings, so that a build needs neither a secret nor a database.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path(__file__).resolve().parent / "src" / "trousseau"
COLLECTED = PACKAGE / "static_collected"
MANIFEST = COLLECTED / "staticfiles.json"


class MadeFiles(BuildHookInterface[BuilderConfig]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's signature
        make_files(everything=version != "editable")


def make_files(*, everything: bool) -> None:
    for source in sorted(PACKAGE.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if everything or not is_newer(compiled, [source]):
            compile_catalogue(source, compiled)
    folders = sorted(PACKAGE.glob("*/static"))
    if everything or not is_newer(MANIFEST, static_sources(folders)):
        collect_static_files(folders)


def is_newer(made: Path, sources: Iterable[Path]) -> bool:
    if not made.exists():
        return False
    return made.stat().st_mtime_ns > max(path.stat().st_mtime_ns for path in sources)


def static_sources(folders: list[Path]) -> Iterable[Path]:
    """Yield files and folders: a deleted file leaves its mark on the folder's date only."""
    yield Path(__file__)
    for folder in folders:
        yield folder
        yield from folder.rglob("*")


def compile_catalogue(source: Path, compiled: Path) -> None:
    """Compile one catalogue, and refuse it when a translation lost a placeholder."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as stream:
        catalogue = read_po(stream, abort_invalid=True)
    faults = [
        f"{source}:{message.lineno}: {error}"
        for message, errors in catalogue.check()
        for error in errors
    ]
    if faults:
        sys.exit("\n".join(faults))
    with tempfile.NamedTemporaryFile(dir=source.parent, suffix=".mo", delete=False) as fresh:
        write_mo(fresh, catalogue)
    give(Path(fresh.name), compiled, mode=0o644)


def collect_static_files(folders: list[Path]) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    started = time.time_ns()
    fresh = Path(tempfile.mkdtemp(prefix=".static_collected-", dir=PACKAGE))
    settings.configure(
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATIC_ROOT=fresh,
        STATIC_URL="/static/",
        STATICFILES_DIRS=folders,
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STORAGES={
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
        },
        WHITENOISE_KEEP_ONLY_HASHED_FILES=True,
    )
    django.setup()
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        # Dated from before the first file was read, so that a file saved meanwhile counts as newer.
        os.utime(fresh / MANIFEST.name, ns=(started, started))
        give(fresh, COLLECTED, mode=0o755)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def give(fresh: Path, place: Path, *, mode: int) -> None:
    """Put a finished file or folder in its place in one step, for whoever reads there meanwhile."""
    fresh.chmod(mode)
    if not fresh.is_dir():
        fresh.replace(place)
        return
    former = fresh.with_name(f"{fresh.name}-former")
    with suppress(FileNotFoundError):
        place.rename(former)
    # Two builds at once make the same files: the second to arrive leaves the first one's.
    with suppress(OSError):
        fresh.rename(place)
    shutil.rmtree(former, ignore_errors=True)


if __name__ == "__main__":
    make_files(everything=False)
