"""Every page as people see it, for whoever looks after the looks.

`python -m tests.journeys.screenshots FOLDER` saves each page in French and English, on a phone and
on a desktop, in French in the dark as well; with `--walk NAME` only the pages of that walk. With
`--readme` it makes the three pictures of the README instead, with the family of the tutorial.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys import pages
from tests.journeys.demo import Demo, running

WIDTHS = (360, 1280)
HEIGHT = 740
# Enough for flat colours and smooth letters; a third of the bytes of the full palette.
COLOURS = 192
FAMILY_EMAIL = "monadressemail@hebergeur.com"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--walk", choices=[walk.__name__ for walk in pages.WALKS])
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    # The addresses in the README's mail are those that its reader will see.
    with product("8000" if options.readme else "") as (browser, demo):
        if options.readme:
            photograph_for_readme(browser, demo, options.folder)
            return
        for walk in pages.WALKS:
            if options.walk in {None, walk.__name__}:
                for language in ("fr", "en"):
                    photograph(browser, demo, walk, language, options.folder)


@contextmanager
def product(port: str) -> Iterator[tuple[Browser, Demo]]:
    with (
        tempfile.TemporaryDirectory() as data,
        running(Path(data), port) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), chromium_sandbox=os.geteuid() != 0
        )
        yield browser, demo
        browser.close()


def photograph(browser: Browser, demo: Demo, walk: pages.Walk, language: str, folder: Path) -> None:
    context = visit(browser, demo, language)
    page = context.new_page()
    for stop in walk(page, demo, next(demo.families)):
        for scheme in ("light", "dark") if language == "fr" else ("light",):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.screenshot(
                    path=folder / f"{stop}-{language}-{width}-{scheme}.png", full_page=True
                )
    context.close()


def photograph_for_readme(browser: Browser, demo: Demo, folder: Path) -> None:
    context = visit(browser, demo, "fr")
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto("/leia/sign-in/")
    save(page, folder / "sign-in.png")
    pages.ask(page, FAMILY_EMAIL)
    demo.next_mail_to(FAMILY_EMAIL)
    page.set_viewport_size({"width": 960, "height": 860})
    pages.open_mail(page, FAMILY_EMAIL)
    save(page, folder / "recovery-mail.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 560})
    pages.sign_in(page, "monidentifiant", "cerise-tambour-lagune-42")
    page.goto("/leia/settings/details/")
    save(page, folder / "details.png")
    context.close()


def visit(browser: Browser, demo: Demo, language: str) -> BrowserContext:
    context = browser.new_context(base_url=demo.url, locale=language, reduced_motion="reduce")
    context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
    return context


def save(page: Page, file: Path, *, full_page: bool = False) -> None:
    picture = Image.open(BytesIO(page.screenshot(full_page=full_page))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
