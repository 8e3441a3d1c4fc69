"""What must hold on every page, in every language, size and colour scheme."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from tests.markup import find_parse_errors

AXE_SCRIPT = Axe().axe_script
# Axe leaves the size of targets (ACC-04) to those who ask for it.
EVERYTHING = "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}"
# A mail has no landmarks: those are the mail program's.
IN_A_MAIL = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 832}

# What WCAG 1.4.12 lets everybody ask for.
SPACED = "letter-spacing: .12em; word-spacing: .16em; line-height: 1.5"
OVERFLOW = """(spacing) => {
  document.body.style.cssText = spacing;
  const overflow = document.documentElement.scrollWidth - innerWidth;
  document.body.style.cssText = "";
  return overflow;
}"""

# The controls that Tab should reach, in the order of the page: of a group of radio buttons one.
TAB_STOPS = """() => {
  const group = (e) => e.type === "radio" ? e.name : null;
  const seen = new Set();
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility())
    .filter((e) => !group(e) || (!seen.has(group(e)) && seen.add(group(e))));
  const note = ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    window.focused.push([window.stops.indexOf(target), target.outerHTML.slice(0, 80), ring]);
  };
  if (!window.stops) addEventListener("focusin", note);
  window.stops = stops;
  window.focused = [];
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  window.focused = [];
  return stops.map((e) => e.outerHTML.slice(0, 80));
}"""


@dataclass
class Checker:
    """Checks the page that is open; remembers how it was sent."""

    page: Page
    language: str
    sent: Response | None = None

    def __post_init__(self) -> None:
        self.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.frame == self.page.main_frame and response.request.is_navigation_request():
            self.sent = response

    def complaints(self) -> list[str]:
        """Return what is wrong with the page, at a phone's and a desk's width, light and dark."""
        return [*self._markup(), *self._shown(), *self._tabbing()]

    def _markup(self) -> Iterator[str]:
        assert self.sent is not None
        yield from find_parse_errors(self.sent.text())
        if (said := self.page.locator("html").get_attribute("lang")) != self.language:
            yield f"lang is {said}"
        title = self.page.title().strip()
        wrong = self.page.locator("[aria-invalid=true], .note.trouble").count() > 0
        if not title or wrong != title.startswith(("Erreur", "Error")):
            yield f"the title is {title!r} and something is {'wrong' if wrong else 'fine'}"

    def _shown(self) -> Iterator[str]:
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for size in (NARROW, WIDE):
                self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
                where = f"at {size['width']} px, {scheme}"
                yield from (f"{one} {where}" for one in violations(self.page))
                yield from (f"{one} {where}" for one in self._overflow())

    def _overflow(self) -> Iterator[str]:
        for spacing in ("", SPACED):
            too_wide: int = self.page.evaluate(OVERFLOW, spacing)
            if too_wide > 0:
                yield f"{too_wide} px too wide with the spacing '{spacing}'"

    def _tabbing(self) -> Iterator[str]:
        """Press Tab once for each control, and more often for dates and frames, of many parts."""
        expected: list[str] = self.page.evaluate(TAB_STOPS)
        inside = sum(frame.locator("a").count() for frame in self.page.frames[1:])
        for _ in range(len(expected) + inside + 6):
            self.page.keyboard.press("Tab")
        focused: list[tuple[int, str, bool]] = self.page.evaluate("window.focused")
        order = [number for number, _ in groupby(number for number, _, _ in focused)]
        if order[: len(expected)] != [*range(len(expected))]:
            missing = [expected[n] for n in range(len(expected)) if n not in order]
            yield f"Tab goes {order} through {len(expected)} controls; missing: {missing}"
        yield from (f"no focus ring on {what}" for _, what, ring in focused if not ring)


def violations(page: Page, rules: str = EVERYTHING) -> Iterator[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for violation in page.evaluate(f"axe.run({rules}).then((found) => found.violations)"):
        where = [node["html"][:120] for node in violation["nodes"]]
        yield f"{violation['id']}: {where}"
