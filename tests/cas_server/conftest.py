"""An organisation with people and an application, and browsers that are signed in."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from trousseau.accounts.models import Account
from trousseau.accounts.services.registration import register
from trousseau.accounts.session_store import SessionStore
from trousseau.audit.origin import Origin
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation
from trousseau.signin.services import open_session

APP = "https://library.example/app/"
SignIn = Callable[..., Client]
MakeService = Callable[..., Service]


@pytest.fixture
def leia(db: None) -> Organisation:
    return Organisation.objects.create(slug="leia", name="LEIA", language="en")


@pytest.fixture
def next_door(db: None) -> Organisation:
    return Organisation.objects.create(slug="next-door", name="Next Door", language="en")


@pytest.fixture
def registry(leia: Organisation) -> Registry:
    return own_registry(leia)


@pytest.fixture
def make_service(registry: Registry) -> MakeService:
    def make(**settings: object) -> Service:
        values = {"registry": registry, "name": "Library", "address": APP, **settings}
        return Service.objects.create(**values)

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    return make_service()


@pytest.fixture
def ange(leia: Organisation) -> Account:
    return register(
        leia,
        "ange",
        role=Account.Role.TEACHER,
        given_name="Ange",
        family_name="Casanova",
        email="ange@school.example",
        directory_id="ange-1",
    )


@pytest.fixture
def sign_in() -> SignIn:
    """Give a browser in which somebody has just signed in."""

    def signed_in(account: Account, client: Client | None = None) -> Client:
        client = client or Client()
        session = SessionStore(
            client.cookies[settings.SESSION_COOKIE_NAME].value
            if settings.SESSION_COOKIE_NAME in client.cookies
            else None
        )
        open_session(session, account, Origin())
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return client

    return signed_in


@pytest.fixture
def browser_of_ange(ange: Account, sign_in: SignIn) -> Client:
    return sign_in(ange)
