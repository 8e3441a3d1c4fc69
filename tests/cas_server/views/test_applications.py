"""Administrators keep the register; everybody sees their tiles."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.cas_server.conftest import APP, MakeService, sign_in
from tests.factories import make_account, new_browser
from tests.markup import find_parse_errors
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.profiles import PROFILES
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation, School

LIST = "/leia/applications/"


@pytest.fixture
def administrator(leia: Organisation) -> Client:
    account = make_account(
        leia,
        "admin",
        role=Account.Role.ADMINISTRATOR,
        name=("Dominique", "Admin"),
        email="admin@school.example",
    )
    return sign_in(account)


def addresses_of(service: Service) -> list[str]:
    return [
        LIST,
        f"{LIST}add/moodle/",
        f"{LIST}{service.public_id}/",
        f"{LIST}{service.public_id}/test/",
    ]


def fields_of(browser: Client, service: Service) -> dict[str, Any]:
    """Return what the form for changing an application would send back untouched."""
    form = browser.get(f"{LIST}{service.public_id}/").context["form"]
    return {
        field.html_name: value
        for field in form
        if (value := field.value()) not in (None, False, "", [])
    }


def test_visitor_signs_in_first(service: Service) -> None:
    statuses = {new_browser().get(address).status_code for address in addresses_of(service)}
    assert statuses == {302}


def test_everybody_else_is_refused(ange_browser: Client, service: Service) -> None:
    """LOG-03, A8.2.1: only administrators see or change the register."""
    statuses = {ange_browser.get(address).status_code for address in addresses_of(service)}
    statuses.add(ange_browser.post(f"{LIST}{service.public_id}/remove/").status_code)
    assert statuses == {403}


def test_application_of_next_door_does_not_exist_here(
    administrator: Client, next_door: Organisation
) -> None:
    """TEN-01."""
    theirs = Service.objects.create(
        registry=own_registry(next_door), name="Theirs", address="https://theirs.example/"
    )
    statuses = {administrator.get(address).status_code for address in addresses_of(theirs)[2:]}
    statuses.add(administrator.post(f"{LIST}{theirs.public_id}/remove/").status_code)
    assert statuses == {404}


def test_shared_application_may_be_tested_but_not_changed(
    leia: Organisation, administrator: Client
) -> None:
    registry = Registry.objects.create(name="Académie")
    registry.organisations.add(leia)
    shared = Service.objects.create(registry=registry, name="Shared", address=APP)
    statuses = [administrator.get(address).status_code for address in addresses_of(shared)]
    assert statuses == [200, 200, 404, 200]
    assert "Académie" in administrator.get(LIST).content.decode()


@pytest.mark.parametrize("key", PROFILES)
def test_application_is_added_from_a_profile(administrator: Client, key: str) -> None:
    page = administrator.get(f"{LIST}add/{key}/")
    assert find_parse_errors(page.content.decode()) == []
    done = administrator.post(
        f"{LIST}add/{key}/", {"name": "Ours", "address": "https://Médiathèque.example/x"}
    )
    service = Service.objects.get()
    assert done.headers["Location"] == f"{LIST}{service.public_id}/test/"
    assert service.address == "https://xn--mdiathque-53af.example/x"
    assert service.attributes == PROFILES[key].attributes
    event = Event.objects.get(tag=Tag.APPLICATION_ADDED)
    assert event.facts["released"] == [f"{k}={v}" for k, v in PROFILES[key].attributes.items()]
    tested = administrator.get(done.headers["Location"])
    assert find_parse_errors(tested.content.decode()) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://library.example/",
        "http://127.0.0.1/",
        "https://library.example/?x=1",
        "https://user@library.example/",
        "library.example",
        "https://library.example/../",
        "javascript:alert(1)",
        "",
    ],
)
def test_address_that_will_not_do_is_refused(administrator: Client, address: str) -> None:
    page = administrator.post(f"{LIST}add/other/", {"name": "Ours", "address": address})
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"address"}
    assert find_parse_errors(page.content.decode()) == []
    assert not Service.objects.exists()


def test_test_page_shows_exactly_what_is_released(
    administrator: Client, make_service: MakeService
) -> None:
    service = make_service(attributes={"mail": "email", "class": "classes", "sn": "family_name"})
    page = administrator.get(f"{LIST}{service.public_id}/test/")
    told = page.context["told"]
    assert (told.user, told.attributes) == (
        "admin",
        {"mail": ["admin@school.example"], "sn": ["Admin"]},
    )
    assert "&lt;cas:sn&gt;Admin&lt;/cas:sn&gt;" in page.content.decode()
    assert not Event.objects.filter(tag=Tag.APPLICATION_OPENED).exists()


def test_test_page_says_what_would_stand_in_the_way(
    administrator: Client, make_service: MakeService
) -> None:
    service = make_service(identifier="directory_id", roles=["pupil"])
    text = administrator.get(f"{LIST}{service.public_id}/test/").content.decode()
    assert "You could not open it yourself" in text
    assert "your account has none of these" in text


def test_everything_about_an_application_may_be_changed(
    leia: Organisation, administrator: Client, service: Service
) -> None:
    for name in ("Collège", "Lycée"):
        School.objects.create(organisation=leia, name=name)
    school = School.objects.get(name="Lycée")
    fields = fields_of(administrator, service) | {
        "name": "Médiathèque",
        "roles": ["pupil", "teacher"],
        "schools": [school.pk],
        "identifier": "opaque",
        "release_email": "mail, email",
        "release_family_name": "sn",
        "may_proxy": "on",
    }
    done = administrator.post(f"{LIST}{service.public_id}/", fields)
    assert done.status_code == 303
    service.refresh_from_db()
    assert (service.name, service.roles, service.identifier, service.may_proxy) == (
        "Médiathèque",
        ["pupil", "teacher"],
        "opaque",
        True,
    )
    assert service.attributes == {"mail": "email", "email": "email", "sn": "family_name"}
    assert [*service.schools.all()] == [school]
    facts = Event.objects.get(tag=Tag.APPLICATION_CHANGED).facts
    assert (facts["former_identifier"], facts["identifier"]) == ("username", "opaque")


@pytest.mark.parametrize("names", ["2nd", "cas:user", "isFromNewLogin", "a b a", "<x>"])
def test_released_name_that_xml_does_not_permit_is_refused(
    administrator: Client, service: Service, names: str
) -> None:
    fields = fields_of(administrator, service) | {"release_email": names}
    page = administrator.post(f"{LIST}{service.public_id}/", fields)
    assert page.context["form"].errors.keys() == {"release_email"}
    service.refresh_from_db()
    assert service.attributes == {}


def test_logo_is_re_encoded(
    administrator: Client, ange_browser: Client, service: Service, settings: Any, tmp_path: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(picture, "PNG")
    picture.seek(0)
    picture.name = "logo.png"
    fields = fields_of(administrator, service)
    administrator.post(f"{LIST}{service.public_id}/", fields | {"logo_file": picture})
    logo = ange_browser.get(f"{LIST}{service.public_id}/logo/")
    assert (logo.headers["Content-Type"], logo.content[8:12]) == ("image/webp", b"WEBP")


def test_removal_asks_first(administrator: Client, service: Service) -> None:
    asked = administrator.post(f"{LIST}{service.public_id}/remove/")
    assert (asked.status_code, Service.objects.count()) == (200, 1)
    administrator.post(f"{LIST}{service.public_id}/remove/", {"sure": "yes"})
    assert (Service.objects.count(), Event.objects.filter(tag=Tag.APPLICATION_REMOVED).count()) == (
        0,
        1,
    )


def test_people_see_their_own_applications(ange_browser: Client, make_service: MakeService) -> None:
    make_service(name="For everybody", description="Books & films")
    make_service(name="For pupils", roles=["pupil"])
    make_service(name="Hidden", listed=False)
    make_service(name="Resting", active=False)
    text = ange_browser.get("/leia/").content.decode()
    assert find_parse_errors(text) == []
    assert "Books &amp; films" in text
    names = ("For everybody", "For pupils", "Hidden", "Resting", "Manage the applications")
    assert [name in text for name in names] == [True, False, False, False, False]


def test_person_without_applications_sees_no_empty_section(ange_browser: Client) -> None:
    assert "Your applications" not in ange_browser.get("/leia/").content.decode()


def test_administrator_finds_the_register_from_the_first_page(administrator: Client) -> None:
    assert f'href="{LIST}"' in administrator.get("/leia/").content.decode()
