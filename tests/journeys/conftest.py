"""The product as people meet it: running, with a family of one's own, in a browser that watches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict, Unpack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import watch
from tests.journeys.demo import Demo, running
from tests.journeys.families import Family


class Device(TypedDict):
    viewport: NotRequired[dict[str, int]]
    is_mobile: NotRequired[bool]
    has_touch: NotRequired[bool]
    java_script_enabled: NotRequired[bool]
    locale: NotRequired[str]
    reduced_motion: NotRequired[str]
    color_scheme: NotRequired[str]


DESKTOP: Device = {"viewport": {"width": 1280, "height": 832}}
PHONE: Device = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


@dataclass
class Visits:
    """Opens browsers that share nothing: each is somebody else's device."""

    browser: Browser
    url: str
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[list[str]] = field(default_factory=list)

    def __call__(self, **device: Unpack[Device]) -> Page:
        options: dict[str, Any] = {**DESKTOP, "locale": "fr-FR", **device}
        context = self.browser.new_context(base_url=self.url, **options)
        self.contexts.append(context)
        self.errors.append(watch(context))
        return context.new_page()


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Give a busy machine time: nothing of this slows a test that passes."""
    expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def family(demo: Demo) -> Family:
    return next(demo.families)


@pytest.fixture
def visit(browser: Browser, demo: Demo) -> Iterator[Visits]:
    """Give browsers on the product; whatever one of them complains about fails the test.

    But for passwords nobody judges any more, because their link was used or ended meanwhile.
    """
    visits = Visits(browser, demo.url)
    yield visits
    for context in visits.contexts:
        context.close()
    complaints = [error for errors in visits.errors for error in errors]
    assert [error for error in complaints if "/pwd/judge/" not in error] == []


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def device(request: pytest.FixtureRequest) -> Device:
    chosen: Device = request.param
    return chosen


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def anybody(request: pytest.FixtureRequest, device: Device, visit: Visits) -> Page:
    """Give every kind of visitor in turn: desktop and phone, with and without scripts."""
    with_scripts: Device = {**device, "java_script_enabled": request.param}
    return visit(**with_scripts)
