"""python-cas asks our CAS server, in every version of the protocol that it speaks."""

from typing import Any

import cas
import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.cas_server.applications import running_application
from tests.cas_server.conftest import sign_in
from tests.cas_server.protocol_client import ask_ticket
from tests.factories import make_account, new_browser
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Service
from trousseau.cas_server.services import single_logout
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

pytestmark = [pytest.mark.interop, pytest.mark.django_db(transaction=True)]
APP = "https://library.example/app/?a=1&b=2"
TOLD = {"mail": "ange@school.example", "sn": "O'Neil <&> Söhne"}


@pytest.fixture
def ange(leia: Organisation, settings: Settings) -> Account:
    settings.PLATFORM_HOSTS = {"localhost", "127.0.0.1"}
    Service.objects.create(
        registry=own_registry(leia),
        name="Library",
        address="https://library.example/app/",
        attributes={"mail": "email", "sn": "family_name"},
    )
    return make_account(leia, "ange", name=("Ange", TOLD["sn"]), email=TOLD["mail"])


def client(live_server: LiveServer, version: int | str, service: str = APP, **options: Any) -> Any:
    server = f"{live_server.url}/leia/cas/"
    return cas.CASClient(version=version, service_url=service, server_url=server, **options)


@pytest.mark.parametrize(
    ("version", "attributes"), [(1, None), (2, None), (3, TOLD), ("CAS_2_SAML_1_0", TOLD)]
)
def test_ticket_names_the_person_once(
    live_server: LiveServer, ange: Account, version: int | str, attributes: dict[str, str] | None
) -> None:
    ticket = ask_ticket(sign_in(ange), APP)
    user, found, _ = client(live_server, version).verify_ticket(ticket)
    told = {name: value for name, value in (found or {}).items() if name in TOLD} or None
    assert (user, told) == ("ange", attributes)
    assert client(live_server, version).verify_ticket(ticket)[0] is None


def test_login_and_logout_addresses_are_ours(live_server: LiveServer, ange: Account) -> None:
    browser = sign_in(ange)
    ours = client(live_server, 3)
    login = browser.get(ours.get_login_url().removeprefix(live_server.url))
    assert login.headers["Location"].startswith(f"{APP}&ticket=ST-")
    logout = browser.get(ours.get_logout_url(APP).removeprefix(live_server.url))
    assert logout.headers["Location"] == APP


def test_renewing_client_sends_people_to_the_sign_in_page(
    live_server: LiveServer, ange: Account
) -> None:
    address = client(live_server, 3, renew=True).get_login_url()
    response = sign_in(ange).get(address.removeprefix(live_server.url))
    assert response.headers["Location"].startswith("/leia/sign-in/?next=")


def test_notice_of_a_sign_out_is_understood(
    live_server: LiveServer, ange: Account, settings: Settings
) -> None:
    settings.DEMO = True
    with running_application() as application:
        Service.objects.update(logout_address=application.url)
        browser = sign_in(ange)
        ticket = ask_ticket(browser, APP)
        assert client(live_server, 3).verify_ticket(ticket)[0] == "ange"
        browser.post("/leia/sign-out/")
        single_logout.deliver()
        (form,) = application.posted
    assert cas.CASClientV3.verify_logout_request(form["logoutRequest"][0], ticket)


def test_refusal_of_a_proxy_is_an_error(live_server: LiveServer, ange: Account) -> None:
    assert new_browser().get("/leia/cas/proxy").status_code == 200
    with pytest.raises(cas.CASError):
        client(live_server, 3).get_proxy_ticket("PGT-unknown")
