"""Every page: for everybody, whatever the eyes, the hands, the screen and the language."""

import re

import pytest
from playwright.sync_api import Page, Request

from tests.journeys import pages, people
from tests.journeys.checks import IN_A_MAIL, Checker, violations
from tests.journeys.conftest import Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family
from tests.markup import find_parse_errors

pytestmark = pytest.mark.browser

# RFC 6928: what a server may send before it waits for an answer.
FIRST_FLIGHT_BYTES = 14 * 1024


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("walk", pages.WALKS)
def test_every_page_is_for_everybody(
    visit: Visits, demo: Demo, family: Family, walk: pages.Walk, language: str
) -> None:
    """ACC-05, ACC-10, ACC-13 to ACC-16: axe, focus, Tab, reflow, contrast, markup, language."""
    page = visit(reduced_motion="reduce")
    page.context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
    checker = Checker(page, language)
    complaints = {}
    for stop in walk(page, demo, family):
        if found := checker.complaints():
            complaints[stop] = found
    assert complaints == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mail_is_for_everybody(visit: Visits, demo: Demo, family: Family, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    people.ask_for_links(page, demo, family)
    html = demo.mails_to(family.email)[0].html
    # As a mail program shows it: the page of the demonstration lets no script in, axe neither.
    page.goto("about:blank")
    page.set_content(html)
    assert [*violations(page, IN_A_MAIL)] == []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert find_parse_errors(html) == []


@pytest.mark.parametrize("path", ["/", "/recover/", "/leia/sign-in/", "/leia/recover/"])
def test_page_is_light(visit: Visits, path: str) -> None:
    """With all it loads, its icon too: compressed, headers included."""
    page = visit()
    requests: list[Request] = []
    page.on(
        "requestfinished",
        lambda request: requests.append(request),  # noqa: PLW0108 -- Playwright marks its handlers
    )
    page.goto(path, wait_until="networkidle")
    sizes = [request.sizes() for request in requests]
    assert len(sizes) <= 4
    weight = sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)
    assert weight <= FIRST_FLIGHT_BYTES


def test_help_and_confirmation_print_on_one_page(visit: Visits, family: Family) -> None:
    page = visit()
    page.goto("/leia/help/")
    assert printed_pages(page) == 1
    page.goto("/leia/recover/")
    people.send_request(page, family.email)
    assert printed_pages(page) == 1


def printed_pages(page: Page) -> int:
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
