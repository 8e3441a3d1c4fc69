"""Signing in through CAS servers that are not ours (CAS 3.0.3)."""

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.interop.conftest import CasServer
from tests.interop.walking import Walker
from trousseau.accounts.models import Account
from trousseau.accounts.services.registration import register
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation

pytestmark = [pytest.mark.interop, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def leia(live_server: LiveServer, settings: Settings, cas_server: CasServer) -> Organisation:
    settings.BASE_URL = live_server.url
    settings.PLATFORM_HOSTS = {"localhost"}
    lookup.forget()
    return Organisation.objects.create(
        slug="leia",
        name="LEIA",
        cas_url=cas_server.url,
        cas_name="Guichet",
        cas_identifier="uid",
        cas_directory_id="ENTPersonJointure",
    )


@pytest.fixture
def ange(leia: Organisation) -> Account:
    return register(
        leia,
        "ange.cas",
        role=Account.Role.TEACHER,
        given_name="Ange",
        family_name="Casanova",
        directory_id="2A-417",
        local_sign_in=False,
    )


def test_cas_button_leads_through_a_real_server_and_back_in(
    live_server: LiveServer, cas_server: CasServer, ange: Account
) -> None:
    person = Walker()
    form = person.open(f"{live_server.url}/leia/sign-in/?next=/leia/settings/")
    there = person.open(form.link("Sign in with SSO CAS"))
    back = cas_server.sign_in(person, there)
    assert (back.url, back.heading) == (f"{live_server.url}/leia/settings/", "Your settings")
