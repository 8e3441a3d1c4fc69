"""A real browser, a small application, and the way between the two."""

from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.cas_server.conftest import MakeService
from tests.cas_server.protocol_client import NAMESPACES, read
from tests.factories import PASSWORD, make_account
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Service
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import SecondFactor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def application(live_server: LiveServer, settings: Settings) -> Iterator[str]:
    """Run an application that knows nobody and asks LEIA's CAS server; `?method=POST` works."""
    settings.DEMO = True
    settings.PLATFORM_HOSTS = {"localhost"}
    cas = f"{live_server.url}/leia/cas"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            if "ticket" in query:
                self.welcome(query["ticket"][0])
                return
            asked = {"service": url} | {name: values[0] for name, values in query.items()}
            self.send_response(302)
            self.send_header("Location", f"{cas}/login?{urlencode(asked)}")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.welcome(parse_qs(body)["ticket"][0])

        def welcome(self, ticket: str) -> None:
            query = urlencode({"service": url, "ticket": ticket})
            with urlopen(f"{cas}/serviceValidate?{query}") as answer:  # noqa: S310 - our own
                user = read(answer.read()).findtext("cas:user", "nobody", NAMESPACES)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            referrer = self.headers.get("Referer", "none")
            self.wfile.write(f"<title>x</title>Salut {user} ({escape(referrer)})".encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/app/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def library(leia: Organisation, application: str, make_service: MakeService) -> Service:
    make_account(leia, "lou", role=Account.Role.PUPIL, name=("Lou", "Petit"))
    make_account(leia, "admin", role=Account.Role.ADMINISTRATOR, name=("Dominique", "A"))
    return make_service(name="Médiathèque", address=application, listed=True)


def fill_in(page: Page, username: str = "lou") -> None:
    page.get_by_label("Nom d'utilisateur", exact=True).fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def expect_welcome(page: Page) -> None:
    expect(page.locator("body")).to_have_text("Salut lou (none)")


@pytest.mark.parametrize("method", ["", "?method=POST"])
def test_person_signs_in_to_an_application(
    page: Page, library: Service, application: str, method: str
) -> None:
    """The policy of the form's page does not stand in the way, and no address is passed on."""
    page.goto(application + method)
    fill_in(page)
    expect_welcome(page)
    page.goto(application + method)
    expect_welcome(page)


def test_post_method_without_scripts_is_a_button(
    browser: Browser, live_server: LiveServer, library: Service, application: str
) -> None:
    """WEB-10."""
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{application}?method=POST")
    fill_in(page)
    page.get_by_role("button", name="Continuer").click()
    expect_welcome(page)
    context.close()


def test_tile_opens_the_application_and_signing_out_closes_it(
    page: Page, live_server: LiveServer, library: Service, application: str
) -> None:
    page.goto("/leia/")
    fill_in(page)
    page.get_by_role("link", name="Médiathèque").click()
    expect_welcome(page)
    page.goto("/leia/cas/logout")
    expect(page.get_by_role("listitem").filter(has_text="Médiathèque")).to_be_visible()
    page.goto(application)
    expect(page).to_have_url(f"{live_server.url}/leia/sign-in/?{page.url.partition('?')[2]}")


def test_warned_person_confirms(page: Page, library: Service, application: str) -> None:
    page.goto("/leia/")
    fill_in(page)
    page.goto(f"{application}?warn=true")
    page.get_by_role("button", name="Ouvrir Médiathèque").click()
    expect_welcome(page)


def test_administrator_adds_an_application_and_tests_it(page: Page, library: Service) -> None:
    Organisation.objects.update(second_factor=SecondFactor.NOBODY)
    page.goto("/leia/")
    fill_in(page, "admin")
    page.get_by_role("link", name="Gérer les applications").click()
    page.get_by_role("link", name="Moodle").click()
    page.get_by_label("Adresse", exact=True).fill("https://moodle.example")
    page.get_by_label("Élève").check()
    page.get_by_role("button", name="Ajouter et essayer").click()
    expect(page.get_by_role("heading")).to_have_text("Ce que Moodle apprendrait")
    expect(page.get_by_text("Dominique", exact=True)).to_be_visible()
    page.get_by_role("link", name="Changer").click()
    page.get_by_label("Adresse e-mail").fill("mail, courriel")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("C'est enregistré.")).to_be_visible()
    assert Service.objects.get(name="Moodle").attributes["courriel"] == "email"
