"""Applications that act for people in others."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import trustme
from django.test import Client
from pytest_django import Settings

from tests.cas_server.applications import Application, running_application
from tests.cas_server.conftest import APP, MakeService
from tests.cas_server.protocol_client import (
    NAMESPACES,
    ask_ticket,
    code_of,
    user_of,
    validate,
)
from tests.factories import new_browser
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Registry, Service
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import transport, validation

BACK_END = "https://marks.example/"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, settings: Settings, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.CAS_CA_FILE = str(tmp_path / "ca.pem")


@pytest.fixture
def portal(authority: trustme.CA) -> Iterator[Application]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with running_application(context) as application:
        yield application


@pytest.fixture
def portal_service(portal: Application, make_service: MakeService) -> Service:
    return make_service(name="Portal", address=portal.url, may_proxy=True)


@pytest.fixture
def back_end(make_service: MakeService) -> Service:
    return make_service(name="Marks", address=BACK_END, accepts_proxies=True)


def grant(browser: Client, portal: Application) -> str:
    """Return the granting ticket that arrives at the portal's callback."""
    answer = validate(
        portal.url, ask_ticket(browser, portal.url), pgtUrl=f"{portal.url}callback?keep=this"
    )
    assert code_of(answer) is None, answer.text
    (received,) = portal.fetched[-1:]
    assert received["keep"] == ["this"]
    name = answer.findtext("cas:proxyGrantingTicket", namespaces=NAMESPACES)
    assert received["pgtIou"] == [name]
    return received["pgtId"][0]


def ask_proxy(granting_ticket: str, target: str = BACK_END, slug: str = "leia") -> ET.Element:
    query = {"pgt": granting_ticket, "targetService": target}
    (answer,) = ET.fromstring(new_browser().get(f"/{slug}/cas/proxy", query).content)
    return answer


def proxy_ticket(granting_ticket: str, target: str = BACK_END) -> str:
    return ask_proxy(granting_ticket, target).findtext("cas:proxyTicket", "", NAMESPACES)


@pytest.mark.usefixtures("trusted")
def test_proxy_ticket_opens_the_back_end_for_the_person(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
) -> None:
    ticket = proxy_ticket(grant(ange_browser, portal))
    assert ticket.startswith("PT-")
    answer = validate(BACK_END, ticket, path="p3/proxyValidate")
    assert user_of(answer) == "ange"
    proxies = [one.text for one in answer.findall("cas:proxies/cas:proxy", NAMESPACES)]
    assert proxies == [f"{portal.url}callback?keep=this"]


@pytest.mark.parametrize("path", ["validate", "serviceValidate", "p3/serviceValidate"])
@pytest.mark.usefixtures("trusted")
def test_proxy_ticket_is_no_service_ticket(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
    path: str,
) -> None:
    """2.4, 2.5: refused with INVALID_TICKET, a word why, and used up."""
    ticket = proxy_ticket(grant(ange_browser, portal))
    if path == "validate":
        query = {"service": BACK_END, "ticket": ticket}
        assert new_browser().get("/leia/cas/validate", query).content == b"no\n"
    else:
        answer = validate(BACK_END, ticket, path=path)
        assert (code_of(answer), answer.text) == (
            "INVALID_TICKET",
            "A proxy ticket is validated by /proxyValidate.",
        )
    assert code_of(validate(BACK_END, ticket, path="proxyValidate")) == "INVALID_TICKET"


@pytest.mark.usefixtures("trusted")
def test_granting_ticket_is_reusable_and_its_tickets_are_not(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
) -> None:
    granting_ticket = grant(ange_browser, portal)
    for _ in range(2):
        ticket = proxy_ticket(granting_ticket)
        assert code_of(validate(BACK_END, ticket, path="proxyValidate")) is None
        assert code_of(validate(BACK_END, ticket, path="proxyValidate")) == "INVALID_TICKET"


@pytest.mark.parametrize("way", ["sign-out/", "cas/logout"])
@pytest.mark.usefixtures("trusted")
def test_pgt_after_logout_grants_nothing(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
    way: str,
) -> None:
    granting_ticket = grant(ange_browser, portal)
    ticket = proxy_ticket(granting_ticket)
    ange_browser.post(f"/leia/{way}")
    assert code_of(ask_proxy(granting_ticket)) == "INVALID_REQUEST"
    assert code_of(validate(BACK_END, ticket, path="proxyValidate")) == "INVALID_TICKET"


@pytest.mark.usefixtures("trusted")
def test_pgt_of_somebody_suspended_grants_nothing(
    ange: Account,
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
) -> None:
    granting_ticket = grant(ange_browser, portal)
    Account.objects.update(state=Account.State.SUSPENDED)
    assert code_of(ask_proxy(granting_ticket)) == "INVALID_REQUEST"


@pytest.mark.usefixtures("trusted")
def test_pgt_is_unknown_next_door_and_no_ticket_at_all(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    back_end: Service,
    next_door: Organisation,
) -> None:
    """TOK-02: neither another organisation's, nor of another kind."""
    granting_ticket = grant(ange_browser, portal)
    assert code_of(ask_proxy(granting_ticket, slug="next-door")) == "INVALID_REQUEST"
    assert code_of(validate(portal.url, granting_ticket)) == "INVALID_TICKET_SPEC"
    service_ticket = ask_ticket(ange_browser, portal.url)
    assert code_of(ask_proxy(service_ticket)) == "INVALID_REQUEST"


@pytest.mark.parametrize("target", ["https://unknown.example/", APP, "", "imap://mail", "a b"])
@pytest.mark.usefixtures("trusted")
def test_proxy_asks_for_registered_targets_that_accept_it_only(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    service: Service,
    target: str,
) -> None:
    answer = ask_proxy(grant(ange_browser, portal), target)
    code = "UNAUTHORIZED_SERVICE" if target else "INVALID_REQUEST"
    assert (answer.tag.partition("}")[2], code_of(answer)) == ("proxyFailure", code)


@pytest.mark.usefixtures("trusted")
def test_back_end_that_is_no_website_goes_by_its_name(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    make_service: MakeService,
) -> None:
    make_service(
        address="https://mail.example/", accepts_proxies=True, backend_name="imap://mail.example"
    )
    ticket = proxy_ticket(grant(ange_browser, portal), "imap://mail.example")
    answer = validate("imap://mail.example", ticket, path="proxyValidate")
    assert user_of(answer) == "ange"


@pytest.mark.usefixtures("trusted")
def test_application_that_may_not_proxy_gets_no_granting_ticket(
    ange_browser: Client, portal: Application, make_service: MakeService
) -> None:
    make_service(address=portal.url)
    ticket = ask_ticket(ange_browser, portal.url)
    answer = validate(portal.url, ticket, pgtUrl=portal.url)
    assert (code_of(answer), portal.fetched) == ("UNAUTHORIZED_SERVICE_PROXY", [])


@pytest.mark.parametrize("address", ["http://{}", "https://{}/../", "https://other.example/", "x"])
@pytest.mark.usefixtures("trusted")
def test_callback_must_be_registered_and_encrypted(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    address: str,
    settings: Settings,
) -> None:
    """VAL-05: nothing is fetched but what is registered, not even in the demonstration."""
    settings.DEMO = True
    callback = address.format(portal.url.removeprefix("https://").rstrip("/"))
    answer = validate(portal.url, ask_ticket(ange_browser, portal.url), pgtUrl=callback)
    assert (code_of(answer), portal.fetched) == ("INVALID_PROXY_CALLBACK", [])


def test_callback_with_a_certificate_nobody_trusts_is_refused(
    ange_browser: Client, portal: Application, portal_service: Service
) -> None:
    answer = validate(portal.url, ask_ticket(ange_browser, portal.url), pgtUrl=portal.url)
    assert (code_of(answer), portal.fetched) == ("INVALID_PROXY_CALLBACK", [])


@pytest.mark.parametrize("status", [302, 404, 500])
@pytest.mark.usefixtures("trusted")
def test_callback_must_answer_200(
    ange_browser: Client, portal: Application, portal_service: Service, status: int
) -> None:
    portal.status = status
    portal.location = portal.url
    answer = validate(portal.url, ask_ticket(ange_browser, portal.url), pgtUrl=portal.url)
    assert code_of(answer) == "INVALID_PROXY_CALLBACK"
    granting_ticket = portal.fetched[0]["pgtId"][0]
    assert code_of(ask_proxy(granting_ticket)) == "INVALID_REQUEST"
    assert len(portal.fetched) == 1


@pytest.mark.usefixtures("trusted")
def test_failed_callback_tells_nothing_of_the_network(
    ange_browser: Client, portal: Application, portal_service: Service, settings: Settings
) -> None:
    """VAL-05: one reason, whether the address is private, silent or answers something else."""
    networks = settings.PRIVATE_NETWORKS
    reasons = set()
    for permitted, path, status in (([], "", 200), (networks, "", 404), (networks, ":1", 200)):
        settings.PRIVATE_NETWORKS = permitted
        portal.status = status
        callback = f"https://localhost{path}/" if path else portal.url
        Service.objects.update(callback=callback)
        answer = validate(portal.url, ask_ticket(ange_browser, portal.url), pgtUrl=callback)
        reasons.add((code_of(answer), answer.text))
    assert len(portal.fetched) == 1
    words = "The callback was not accepted: its server did not take it."
    assert reasons == {("INVALID_PROXY_CALLBACK", words)}


@pytest.mark.usefixtures("trusted", "back_end")
def test_application_out_of_use_acts_for_nobody(
    ange_browser: Client, portal: Application, portal_service: Service
) -> None:
    """SES-05: what was granted before ends with the application."""
    granting_ticket = grant(ange_browser, portal)
    portal_service.active = False
    portal_service.save()
    assert code_of(ask_proxy(granting_ticket)) == "UNAUTHORIZED_SERVICE"


@pytest.mark.usefixtures("trusted", "back_end")
def test_application_that_left_the_organisation_opens_and_acts_for_nobody(
    ange_browser: Client, portal: Application, portal_service: Service, leia: Organisation
) -> None:
    shared = Registry.objects.create(name="Shared")
    shared.organisations.add(leia)
    portal_service.registry = shared
    portal_service.save()
    granting_ticket = grant(ange_browser, portal)
    ticket = ask_ticket(ange_browser, portal.url)
    shared.organisations.remove(leia)
    assert code_of(ask_proxy(granting_ticket)) == "UNAUTHORIZED_SERVICE"
    assert code_of(validate(portal.url, ticket)) == "INVALID_TICKET"


@pytest.mark.usefixtures("trusted")
def test_callbacks_that_never_answer_do_not_hold_every_thread(
    ange_browser: Client,
    portal: Application,
    portal_service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """VAL-05: the next one is refused at once instead of waiting too."""
    rooms = transport.Rooms(each=1, together=2)
    monkeypatch.setattr(validation, "rooms", rooms)
    ticket = ask_ticket(ange_browser, portal.url)
    with rooms.entered(urlsplit(portal.url).netloc):
        answer = validate(portal.url, ticket, pgtUrl=f"{portal.url}callback")
    assert code_of(answer) == "INVALID_PROXY_CALLBACK"
    assert portal.fetched == []
    assert grant(ange_browser, portal)
