"""Fixtures that every folder of tests may use."""

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.handlers.wsgi import WSGIHandler
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from whitenoise import WhiteNoise

from tests.browsing import watch
from tests.factories import guard, make_account, make_organisation, new_browser
from trousseau import clock, wsgi
from trousseau.accounts.models import Account
from trousseau.audit import append_only, refusals
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation
from trousseau.work.loop import run_due

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


def production_handler(_development: WSGIHandler) -> WhiteNoise:
    return wsgi.build()


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """Serve exactly what production serves: fingerprinted files and headers by our middleware.

    The one of pytest-django puts Django's development file server in front, which knows neither.
    """
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = production_handler  # type: ignore[assignment]
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """Give a French phone's browser on a server of its own; what it complains about fails."""
    context = browser.new_context(
        base_url=live_server.url,
        locale="fr-FR",
        viewport={"width": 360, "height": 740},
    )
    errors = watch(context)
    page = context.new_page()
    yield page
    context.close()
    assert errors == []


@pytest.fixture(autouse=True)
def _forget_organisations() -> Iterator[None]:
    """Let no test see an organisation or a page that another one's process memory keeps."""
    lookup.forget()
    refusals.forget()
    yield
    lookup.forget()


@pytest.fixture(scope="session", autouse=True)
def _trail_may_be_emptied_after_a_test() -> Iterator[None]:
    """Let Django empty the tables after a test; it puts the trail's triggers up again itself."""
    usual = BaseDatabaseOperations.execute_sql_flush

    def emptied(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        append_only.remove(operations.connection)
        usual(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", emptied)
        yield


@pytest.fixture
def leia(db: None) -> Organisation:
    return make_organisation("leia", "LEIA", place="Cervione")


@dataclass(frozen=True)
class Family:
    """One mailbox, three accounts: a mother, and two children without an address."""

    mother: Account
    leo: Account
    lisa: Account
    email: str = "monadressemail@hebergeur.com"


@pytest.fixture
def family(leia: Organisation) -> Family:
    pupil = Account.Role.PUPIL
    mother = make_account(leia, "monidentifiant", name=("Marie", "Mariani"), email=Family.email)
    leo = make_account(leia, "leo.mariani", role=pupil, name=("Léo", "Mariani"))
    lisa = make_account(leia, "lisa.mariani", role=pupil, name=("Lisa", "Mariani"))
    guard(mother, leo, lisa)
    return Family(mother, leo, lisa)


@pytest.fixture
def visitor() -> Client:
    return new_browser()


@dataclass
class StoppedClock:
    """The time, standing still until a test moves on."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def __call__(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """Stop the product's clock; `travel(hours=25)` moves it and tells the new time."""
    stopped = StoppedClock(clock.now())
    monkeypatch.setattr(clock, "timezone", stopped)
    return stopped


class Postman:
    """A real mail server that keeps what it is given."""

    def __init__(self) -> None:
        self._mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 -- the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(mail, EmailMessage)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self._mails.append(mail)
        return "250 2.0.0 OK"

    def collect(self) -> list[EmailMessage]:
        """Do the worker's duties, and return what arrived since the last time."""
        run_due()
        arrived, self._mails = self._mails, []
        return arrived


@pytest.fixture
def postman(settings: Settings) -> Iterator[Postman]:
    keeper = Postman()
    server = Controller(
        keeper, hostname="127.0.0.1", server_hostname="localhost", enable_SMTPUTF8=True
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        server.port = free.getsockname()[1]
    server.start()
    settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
    yield keeper
    server.stop()
