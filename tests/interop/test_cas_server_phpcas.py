"""phpCAS, the library in Moodle, GLPI and Nextcloud, asks our CAS server.

`tests/interop/cas_clients/install_phpcas` installs Debian's; without it, this is left out.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD, make_account
from tests.interop.programs import free_port, wait_until_listening
from tests.interop.walking import Page, Walker
from trousseau.accounts.models import Account
from trousseau.cas_server.models import LogoutNotice, Service
from trousseau.cas_server.services import single_logout
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

PHP = Path("/usr/bin/php")
APPLICATION = Path(__file__).parent / "cas_clients" / "phpcas_application.php"
NAME = ("Ange & Léa", "O'Neil <Söhne>")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not PHP.exists() or not Path("/usr/share/php/CAS.php").exists(),
        reason="no PHP with phpCAS: see tests/interop/cas_clients/",
    ),
]
RunSite = Callable[[str], str]


@pytest.fixture
def ange(leia: Organisation) -> Account:
    return make_account(leia, "ange", name=NAME, email="ange@school.example")


@pytest.fixture
def run_site(
    live_server: LiveServer, settings: Settings, ange: Account, tmp_path: Path
) -> Iterator[RunSite]:
    """Serve the application with one version of the protocol; return its address."""
    settings.DEMO = True
    settings.PLATFORM_HOSTS = {"localhost"}
    port = free_port()
    # Cookies ignore ports: the application is on another host than the server.
    url = f"http://127.0.0.1:{port}"
    Service.objects.create(
        registry=own_registry(ange.organisation),
        name="PHP",
        address=f"{url}/app/",
        attributes={"givenName": "given_name", "sn": "family_name", "mail": "email"},
        attributes_in_cas2=True,
    )
    servers: list[subprocess.Popen[bytes]] = []

    def run(version: str) -> str:
        environment = os.environ | {
            "CAS_URL": f"{live_server.url}/leia/cas",
            "CAS_VERSION": version,
            "OWN_URL": url,
        }
        words: list[str | Path] = [
            PHP,
            "-d",
            f"session.save_path={tmp_path}",
            "-S",
            f"127.0.0.1:{port}",
            APPLICATION,
        ]
        with (tmp_path / "log").open("wb") as log:
            server = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        servers.append(server)
        wait_until_listening(port, server)
        return f"{url}/app/?course=1&name=caf%C3%A9"

    yield run
    for server in servers:
        server.terminate()
        server.wait(timeout=10)


def enter(person: Walker, site: str) -> Page:
    return person.send(person.open(site), "main form", username="ange", password=PASSWORD)


def told(page: Page) -> Any:
    return json.loads(page.find("pre")[0].to_text())


@pytest.mark.parametrize("version", ["2.0", "3.0", "S1"])
def test_person_signs_in_and_is_described(run_site: RunSite, version: str) -> None:
    page = enter(Walker(), site := run_site(version))
    assert (page.url, page.heading) == (site, "Inside")
    user, attributes = told(page)
    assert user == "ange"
    assert {name: attributes[name] for name in ("givenName", "sn", "mail")} == {
        "givenName": NAME[0],
        "sn": NAME[1],
        "mail": "ange@school.example",
    }


def test_person_signs_in_by_the_first_version_too(run_site: RunSite) -> None:
    assert told(enter(Walker(), run_site("1.0"))) == ["ange", []]


def test_signing_out_here_ends_the_session_there(run_site: RunSite) -> None:
    """SES-13: phpCAS ends the session that the ticket of our notice has opened."""
    person = Walker()
    site = run_site("3.0")
    enter(person, site)
    assert person.open(site).heading == "Inside"
    sign_in = Walker().open(site).url.partition("?")[0]
    person.open(sign_in.replace("/sign-in/", "/sign-out/"), {})
    single_logout.deliver()
    assert LogoutNotice.objects.get().state == LogoutNotice.State.TOLD
    assert person.open(site).url.startswith(sign_in)


def test_signing_out_there_ends_the_session_here(run_site: RunSite) -> None:
    person = Walker()
    site = run_site("3.0")
    enter(person, site)
    person.open(f"{site}&out")
    sign_in = Walker().open(site).url.partition("?")[0]
    assert person.open(site).url.startswith(sign_in)
