"""`trousseau organisation add`."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import is_signed_in, make_account, new_browser, signed_in
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


@pytest.mark.django_db
def test_change_settles_factors_and_sessions() -> None:
    """SIG-07, SES-04."""
    Organisation.objects.create(slug="leia", name="LEIA")
    call_command(
        *("organisation", "change", "leia", "--second-factor", "everybody"),
        *("--session", "pupil=30/300", "--session", "helper=15/480", "--cas-second-factor"),
    )
    leia = Organisation.objects.get()
    assert (leia.second_factor, leia.cas_second_factor) == ("everybody", True)
    assert {kind: list(pair) for kind, pair in leia.session_limits.items()} == {
        "pupil": [30, 300],
        "helper": [15, 480],
    }
    with pytest.raises(CommandError):
        call_command("organisation", "change", "leia", "--session", "helper=90/600")


@pytest.mark.django_db
def test_sign_out_ends_every_session_there_and_none_next_door(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """SES-06."""
    here = Organisation.objects.create(slug="leia", name="LEIA")
    there = Organisation.objects.create(slug="next-door", name="Next Door")
    mine, theirs = (signed_in(make_account(one, "ada")) for one in (here, there))
    call_command("organisation", "sign-out", "leia")
    assert capsys.readouterr().out == "LEIA: 1 sessions ended.\n"
    assert [is_signed_in(mine, here), is_signed_in(theirs, there)] == [False, True]
