"""`python -m tests.journeys.screenshots FOLDER`: every page as people see it, into the folder.

French and English, on a phone and on a desktop, light; in French dark as well.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.demo import Demo, running
from tests.journeys.pages import WALKS, Walk

WIDTHS = (360, 1280)
HEIGHT = 740


def main(folder: Path, wanted: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        running(Path(data)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            chromium_sandbox=os.geteuid() != 0,
            args=["--lang=fr"],
        )
        for language in ("fr", "en"):
            for walk in WALKS:
                if wanted in walk.__name__:
                    photograph(browser, demo, walk, language, folder)
        browser.close()


def photograph(browser: Browser, demo: Demo, walk: Walk, language: str, folder: Path) -> None:
    context = browser.new_context(base_url=demo.url, locale=language, reduced_motion="reduce")
    context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
    page = context.new_page()
    for stop in walk(page, demo, next(demo.families)):
        for scheme in ("light", "dark") if language == "fr" else ("light",):
            for width in WIDTHS:
                shoot(page, folder / f"{stop}-{language}-{width}-{scheme}.png", width, scheme)
    context.close()


def shoot(page: Page, file: Path, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.screenshot(path=file, full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
