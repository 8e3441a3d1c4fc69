"""Fixtures that every folder of tests may use."""

import os
import shutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = (
    os.environ.get("TEST_CHROMIUM"),
    "chromium",
    "chromium-browser",
    "google-chrome",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next((path for name in CHROMIUM if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: see `make chromium`")
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not start under root, as in a container.
        sandbox = os.geteuid() != 0
        chromium = playwright.chromium.launch(executable_path=found, chromium_sandbox=sandbox)
        yield chromium
        chromium.close()


class ProductionHandler(WSGIHandler):
    def __init__(self, development: WSGIHandler) -> None:
        super().__init__()


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """Serve exactly what production serves: fingerprinted files and headers by our middleware.

    The one of pytest-django puts Django's development file server in front, which knows neither.
    """
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = ProductionHandler
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """Give a French phone's browser, on a server of this test's own.

    A script error, a refusal by the content security policy, or a missing file of the page fails
    the test; the page itself may well answer 404, for that may be what the test is about.
    """
    context = browser.new_context(
        base_url=live_server.url,
        locale="fr-FR",
        viewport={"width": 360, "height": 740},
    )
    page = context.new_page()
    errors: list[str] = []

    def note_console(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            errors.append(said.text)

    def note_response(response: Response) -> None:
        if (
            response.status >= HTTPStatus.BAD_REQUEST
            and not response.request.is_navigation_request()
        ):
            errors.append(f"{response.status} {response.url}")

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", note_console)
    page.on("response", note_response)
    yield page
    context.close()
    assert errors == []
