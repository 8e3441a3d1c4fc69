"""The CAS button of the demonstration, from LEIA to the Guichet and back, both of them ours."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.cas_server.applications import Application, running_application
from tests.interop.walking import Page, Walker
from trousseau.cas_server.models import LogoutNotice, Service
from trousseau.cas_server.services import single_logout
from trousseau.demo import data

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(live_server: LiveServer, settings: Settings) -> str:
    settings.DEMO = True
    settings.PLATFORM_HOSTS = {"127.0.0.1", "localhost"}
    base = live_server.url.replace("localhost", "127.0.0.1")
    settings.BASE_URL = base
    data.create(base)
    return base


@pytest.fixture
def library() -> Iterator[Application]:
    with running_application() as application:
        yield application


def press_the_button(person: Walker, base: str, to: str = "") -> Page:
    page = person.open(f"{base}/leia/sign-in/cas/{to}")
    password = data.GUICHET_PASSWORDS["ange.cas"]
    return person.send(page, "main form", username="ange.cas", password=password)


def test_teacher_comes_in_through_the_guichet_and_is_signed_out_from_there(base: str) -> None:
    person = Walker()
    page = press_the_button(person, base)
    assert (page.url, page.heading) == (f"{base}/leia/", "Bonjour Ange")

    guichet = base.replace("127.0.0.1", "localhost") + "/guichet"
    left = person.open(f"{guichet}/cas/logout")
    assert [item.to_text().strip() for item in left.find("main li")] == ["LEIA"]
    single_logout.deliver()
    assert LogoutNotice.objects.get().state == LogoutNotice.State.TOLD
    assert person.open(f"{base}/leia/settings/").url.startswith(f"{base}/leia/sign-in/")


def test_teacher_reaches_the_library_through_both_servers(base: str, library: Application) -> None:
    """One password, typed at the Guichet, opens LEIA, and LEIA opens the Médiathèque."""
    Service.objects.filter(name="Médiathèque").update(address=library.url, host="localhost")
    person = Walker()
    form = person.open(f"{base}/leia/cas/login?service={library.url}")
    page = person.open(form.link("SSO CAS"))
    password = data.GUICHET_PASSWORDS["ange.cas"]
    person.send(page, "main form", username="ange.cas", password=password)
    (received,) = library.fetched
    answer = person.open(
        f"{base}/leia/cas/p3/serviceValidate?service={library.url}&ticket={received['ticket'][0]}"
    )
    assert "<cas:user>ange.cas</cas:user>" in answer.html
    assert "<cas:mail>ange.cas@academie.example</cas:mail>" in answer.html
