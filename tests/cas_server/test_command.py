"""`trousseau application`."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.cas_server.conftest import APP
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services import registry
from trousseau.organisations.models import Organisation


def run(*words: str) -> str:
    said = io.StringIO()
    call_command("application", *words, stdout=said)
    return said.getvalue()


def test_application_added_is_listed_and_found(leia: Organisation) -> None:
    run("add", "leia", "moodle", "https://moodle.example/")
    service = Service.objects.get()
    assert run("list", "leia") == f"{service.public_id}  Moodle  https://moodle.example/\n"
    assert registry.find(leia, "https://moodle.example/login/") == service
    assert service.start == "https://moodle.example/login/index.php?authCAS=CAS"


def test_register_is_shared_and_takes_applications_in(
    leia: Organisation, next_door: Organisation, service: Service
) -> None:
    said = run("share", "Académie", "leia", "next-door", "--move", service.public_id)
    assert said == "Académie: Library → leia, next-door\n"
    assert [registry.find(one, APP) for one in (leia, next_door)] == [service, service]
    run("share", "Académie")
    assert Registry.objects.filter(keeper=None).count() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("list", "nowhere"),
        ("add", "leia", "moodle", "http://moodle.example/"),
        ("add", "leia", "other", "https://unnamed.example/"),
        ("share", "Académie", "nowhere"),
        ("share", "Académie", "leia", "--move", "0000000000000000"),
    ],
)
def test_mistake_is_told_and_changes_nothing(leia: Organisation, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert (Service.objects.count(), Registry.objects.exclude(keeper=leia).count()) == (0, 0)
