"""What one application learns about one person, and who may open it."""

from datetime import date
from typing import Any

import pytest

from tests.cas_server.conftest import MakeService
from tests.factories import make_account, make_organisation
from trousseau.accounts.models import Account, ClassPlace, SchoolPlace
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services import registry as services
from trousseau.cas_server.services import release
from trousseau.organisations.models import Organisation, School, SchoolClass

Source = Service.Source


@pytest.fixture
def settled(leia: Organisation, ange: Account) -> Account:
    """Put Ange into two schools and two classes, with everything on file."""
    for name, code, class_name in (("Lycée", "7200009X", "2de 1"), ("Collège", "7200001A", "5e B")):
        school = School.objects.create(organisation=leia, name=name, uai=code)
        SchoolPlace.objects.create(account=ange, school=school)
        school_class = SchoolClass.objects.create(school=school, name=class_name)
        ClassPlace.objects.create(account=ange, school_class=school_class)
    ange.birth_date = date(1980, 5, 31)
    ange.language = "fr"
    ange.save()
    return ange


def told(service: Service, account: Account) -> tuple[str, dict[str, list[str]]]:
    found = release.released(service, account)
    return found.user, found.attributes


def test_nothing_but_the_identifier_by_default(settled: Account, service: Service) -> None:
    assert told(service, settled) == ("ange", {})


def test_details_are_released_under_the_names_asked_for(
    settled: Account, make_service: MakeService
) -> None:
    """Renamed, repeated for several values, and one detail under two names if need be."""
    names = {
        "uid": Source.USERNAME,
        "login": Source.USERNAME,
        "givenName": Source.GIVEN_NAME,
        "sn": Source.FAMILY_NAME,
        "cn": Source.FULL_NAME,
        "mail": Source.EMAIL,
        "role": Source.ROLE,
        "ENTPersonProfils": Source.PROFILE,
        "school": Source.SCHOOLS,
        "ENTPersonStructRattachRNE": Source.SCHOOL_CODES,
        "class": Source.CLASSES,
        "ENTPersonJointure": Source.DIRECTORY,
        "born": Source.BIRTH_DATE,
        "language": Source.LANGUAGE,
        "o": Source.ORGANISATION,
    }
    assert told(make_service(attributes=names), settled) == (
        "ange",
        {
            "uid": ["ange"],
            "login": ["ange"],
            "givenName": ["Ange"],
            "sn": ["Casanova"],
            "cn": ["Ange Casanova"],
            "mail": ["ange@school.example"],
            "role": ["teacher"],
            "ENTPersonProfils": ["National_3"],
            "school": ["Collège", "Lycée"],
            "ENTPersonStructRattachRNE": ["7200001A", "7200009X"],
            "class": ["2de 1", "5e B"],
            "ENTPersonJointure": ["ange-1"],
            "born": ["1980-05-31"],
            "language": ["fr"],
            "o": ["LEIA"],
        },
    )


def test_detail_that_is_missing_is_left_out(leia: Organisation, make_service: MakeService) -> None:
    service = make_service(attributes={source.value: source.value for source in Source})
    lou = make_account(leia, "lou", role=Account.Role.PUPIL)
    _, attributes = told(service, lou)
    assert {"email", "classes", "schools", "school_codes", "directory_id", "birth_date"}.isdisjoint(
        attributes
    )


@pytest.mark.parametrize(
    ("identifier", "user"),
    [("username", "ange"), ("email", "ange@school.example"), ("directory_id", "ange-1")],
)
def test_identifier_is_the_one_chosen(
    ange: Account, make_service: MakeService, identifier: str, user: str
) -> None:
    assert told(make_service(identifier=identifier), ange)[0] == user


def test_opaque_identifier_stays_and_cannot_be_compared(
    ange: Account, make_service: MakeService
) -> None:
    one, other = make_service(identifier="opaque"), make_service(identifier="opaque")
    users = [told(service, ange)[0] for service in (one, one, other)]
    assert users[0] == users[1] != users[2]
    assert ange.public_id not in users


@pytest.mark.parametrize("identifier", ["email", "directory_id"])
def test_person_without_the_identifier_is_not_named_otherwise(
    leia: Organisation, make_service: MakeService, identifier: str
) -> None:
    with pytest.raises(release.NoIdentifierError):
        release.released(make_service(identifier=identifier), make_account(leia, "lou"))


@pytest.mark.parametrize(
    ("details", "may"),
    [
        ({}, True),
        ({"roles": ["teacher", "pupil"]}, True),
        ({"roles": ["pupil"]}, False),
        ({"active": False}, False),
    ],
)
def test_roles_decide_who_may_use_it(
    ange: Account, make_service: MakeService, details: dict[str, Any], *, may: bool
) -> None:
    assert services.may_use(make_service(**details), ange) is may


def test_schools_or_classes_decide_who_may_use_it(settled: Account, service: Service) -> None:
    mine = SchoolClass.objects.get(name="5e B")
    other_school = School.objects.create(organisation=settled.organisation, name="École")
    service.schools.set([other_school])
    assert not services.may_use(service, settled)
    service.classes.set([mine])
    assert services.may_use(service, settled)
    service.classes.clear()
    service.schools.add(mine.school)
    assert services.may_use(service, settled)


def test_most_exact_application_wins(leia: Organisation, make_service: MakeService) -> None:
    whole = make_service(address="https://library.example/")
    part = make_service(address="https://library.example/app/")
    found = [
        services.find(leia, f"https://library.example/{path}")
        for path in ("", "app/x", "application")
    ]
    assert found == [whole, part, whole]


def test_application_of_another_organisation_is_unknown(
    service: Service, next_door: Organisation
) -> None:
    assert services.find(next_door, service.address) is None


def test_registry_is_shared_by_several_organisations(
    leia: Organisation, next_door: Organisation
) -> None:
    shared = Registry.objects.create(name="Académie")
    service = Service.objects.create(
        registry=shared, name="Shared", address="https://shared.example/"
    )
    shared.organisations.set([leia, next_door])
    outside = make_organisation("outside", "Outside")
    found = [services.find(one, service.address) for one in (leia, next_door, outside)]
    assert found == [service, service, None]
