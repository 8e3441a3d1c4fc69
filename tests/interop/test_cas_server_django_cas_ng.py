"""A site of django-cas-ng signs in through our CAS server, and out again."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD, make_account
from tests.interop.walking import Page, Walker
from trousseau.cas_server.models import LogoutNotice, Service
from trousseau.cas_server.services import single_logout
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

pytestmark = [pytest.mark.interop, pytest.mark.django_db(transaction=True)]
PROGRAM = Path(__file__).parent / "cas_clients" / "django_cas_ng_site.py"


@dataclass
class Site:
    url: str
    ours: str

    def sign_in(self, person: Walker) -> Page:
        page = person.open(f"{self.url}/login/")
        if page.url.startswith(self.ours):
            return person.send(page, "main form", username="ange", password=PASSWORD)
        return page

    def knows(self, person: Walker) -> str:
        return person.open(f"{self.url}/").heading


@pytest.fixture
def site(
    live_server: LiveServer, settings: Settings, leia: Organisation, tmp_path: Path
) -> Iterator[Site]:
    settings.DEMO = True
    settings.PLATFORM_HOSTS = {"localhost"}
    ours = f"{live_server.url}/leia"
    program = subprocess.Popen(
        [sys.executable, "-W", "ignore", PROGRAM, f"{ours}/cas/", tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    port = program.stdout.readline().decode().strip()
    url = f"http://127.0.0.1:{port}"
    make_account(leia, "ange", email="ange@school.example")
    Service.objects.create(
        registry=own_registry(leia), name="Site", address=f"{url}/", attributes={"mail": "email"}
    )
    yield Site(url, ours)
    program.stdin.close()
    program.wait(timeout=10)
    program.stdout.close()


def test_person_signs_in_to_the_site_with_attributes(site: Site) -> None:
    person = Walker()
    site.sign_in(person)
    assert site.knows(person) == "ange ange@school.example"


def test_second_sign_in_asks_nothing(site: Site) -> None:
    person = Walker()
    site.sign_in(person)
    person.open(f"{site.ours}/settings/")
    person.cookies.clear("127.0.0.1")
    assert site.knows(person) == "nobody"
    page = site.sign_in(person)
    assert (page.url.startswith(site.url), site.knows(person)) == (
        True,
        "ange ange@school.example",
    )


def test_signing_out_of_the_site_signs_out_here(site: Site) -> None:
    person = Walker()
    site.sign_in(person)
    person.open(f"{site.url}/logout/")
    assert site.knows(person) == "nobody"
    assert person.open(f"{site.ours}/settings/").url.startswith(f"{site.ours}/sign-in/")


def test_signing_out_here_ends_the_session_of_the_site(site: Site) -> None:
    """SES-13: the notice is found by its ticket on the other side."""
    person = Walker()
    site.sign_in(person)
    person.open(f"{site.ours}/sign-out/", {})
    single_logout.deliver()
    assert LogoutNotice.objects.get().state == LogoutNotice.State.TOLD
    assert site.knows(person) == "nobody"
