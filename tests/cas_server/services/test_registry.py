"""Which application an address belongs to, where shared ones and an organisation's own meet."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from tests.cas_server.conftest import APP, sign_in
from tests.cas_server.protocol_client import ask_ticket, user_of, validate
from tests.factories import ORIGIN, make_account
from tests.markup import texts
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services import applications, registry
from trousseau.organisations.models import Organisation


@pytest.fixture
def shared(leia: Organisation) -> Service:
    register = Registry.objects.create(name="Académie")
    register.organisations.add(leia)
    return Service.objects.create(
        registry=register, name="Marks", address=APP, identifier="username", backend_name="marks"
    )


def own(leia: Organisation, address: str = APP, **details: str) -> Service:
    """Register an application of the organisation past the check."""
    return Service.objects.create(
        registry=applications.own_registry(leia), name="Own", address=address, **details
    )


@pytest.mark.parametrize("address", [APP, f"{APP}page/", "https://library.example/"])
def test_shared_application_comes_before_the_organisations_own(
    leia: Organisation, ange: Account, ange_browser: Client, shared: Service, address: str
) -> None:
    """VAL-05: it is told what its register says, and never what one of its users would."""
    own(leia, address, identifier="email")
    asked = f"{APP}page/1"
    assert registry.find(leia, asked) == shared
    assert user_of(validate(asked, ask_ticket(ange_browser, asked))) == ange.username


def test_back_end_of_a_shared_application_comes_first(leia: Organisation, shared: Service) -> None:
    Service.objects.update(accepts_proxies=True)
    own(leia, "https://own.example/", backend_name="marks")
    assert registry.find_target(leia, "marks") == shared


def test_own_application_beside_a_shared_one_is_found(leia: Organisation, shared: Service) -> None:
    above = own(leia, "https://library.example/")
    assert registry.find(leia, "https://library.example/other/") == above


def test_address_of_a_shared_application_is_not_registered_again(
    leia: Organisation, shared: Service
) -> None:
    administrator = sign_in(make_account(leia, "admin", role=Account.Role.ADMINISTRATOR))
    for address in (APP, f"{APP}page/"):
        page = administrator.post(
            "/leia/applications/add/other/", {"name": "Own", "address": address}
        )
        assert page.status_code == 200
        (words,) = texts(page, ".error")
        assert "This address belongs to Marks, which several organisations share." in words
    assert Service.objects.get() == shared
    beside = {"name": "Own", "address": "https://library.example/other/"}
    assert administrator.post("/leia/applications/add/other/", beside).status_code == 303


def test_application_does_not_move_to_where_a_shared_one_is(
    leia: Organisation, shared: Service
) -> None:
    service = own(leia, "https://own.example/")
    service.address = APP
    with pytest.raises(ValidationError, match="belongs to Marks"):
        applications.keep(leia, service, ORIGIN)
    service.address, service.backend_name = "https://own.example/", "marks"
    with pytest.raises(ValidationError, match="has this name already"):
        applications.keep(leia, service, ORIGIN)
    service.backend_name = "own"
    applications.keep(leia, service, ORIGIN)


def test_shared_application_out_of_use_stands_in_nobodys_way(
    leia: Organisation, shared: Service
) -> None:
    Service.objects.update(active=False)
    service = Service(name="Own", address=APP)
    assert applications.keep(leia, service, ORIGIN) == registry.find(leia, APP)


def test_address_registered_when_less_was_doubtful_is_left_out(
    leia: Organisation, service: Service
) -> None:
    Service.objects.update(address="https://library.example//app/")
    assert registry.find(leia, APP) is None
