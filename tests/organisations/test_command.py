"""`trousseau organisation add`."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import new_browser
from trousseau.organisations.models import Organisation


@pytest.mark.django_db
def test_add_gives_an_organisation_with_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        *("organisation", "add", "leia", "LEIA", "--place", "Cervione", "--uai", "7200123A"),
        *("--alias", "ENT de Cervione", "--host", "ENT.Cervione.example", "--colour", "#0b645e"),
        *("--help-email", "ent.cervione@gmail.com"),
    )
    assert capsys.readouterr().out == "LEIA is at /leia/\n"
    leia = Organisation.objects.get()
    assert (leia.slug, leia.place, leia.aliases) == ("leia", "Cervione", ["ENT de Cervione"])
    assert new_browser(host="ent.cervione.example").get("/leia/sign-in/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        ("recover", "Reserved"),
        ("Leia", "Capitals"),
        ("leia", ""),
        ("leia", "LEIA", "--colour", "red"),
        ("leia", "LEIA", "--uai", "123"),
        ("leia", "LEIA", "--help-email", "nobody"),
        ("leia", "LEIA", "--host", "not a host"),
        ("leia", "LEIA", "--cas-url", "https://cas.example.org/cas/login"),
        ("leia", "LEIA", "--cas-version", "1"),
        ("leia", "LEIA", "--cas-attribute", "email=mail"),
        ("leia", "LEIA", "--host", "taken.example"),
        ("taken", "Slug taken"),
    ],
)
def test_add_what_cannot_be_is_refused_and_adds_nothing(words: tuple[str, ...]) -> None:
    taken = Organisation.objects.create(slug="taken", name="Taken")
    taken.hosts.create(name="taken.example")
    with pytest.raises(CommandError):
        call_command("organisation", "add", *words)
    assert list(Organisation.objects.all()) == [taken]


@pytest.mark.django_db
def test_change_connects_a_cas_server() -> None:
    Organisation.objects.create(slug="leia", name="LEIA")
    call_command(
        *("organisation", "change", "leia", "--cas-url", "https://cas.example.org/cas"),
        *("--cas-version", "2", "--cas-identifier", "uid", "--cas-directory-id", "record"),
        *("--cas-attribute", "given_name=givenName", "--cas-attribute", "city=l", "--cas-silent"),
    )
    leia = Organisation.objects.get()
    assert (leia.cas_label, leia.cas_version) == ("cas.example.org", 2)
    assert (leia.cas_identifier, leia.cas_directory_id) == ("uid", "record")
    assert leia.cas_attributes == {"given_name": "givenName", "city": "l"}
    assert leia.cas_silent
