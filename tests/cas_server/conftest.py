"""An application, people, and browsers in which they have just signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import ORIGIN, make_account, make_organisation, new_browser
from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation
from trousseau.signin.services import open_session

APP = "https://library.example/app/"
MakeService = Callable[..., Service]


def sign_in(account: Account, browser: Client | None = None) -> Client:
    """Sign somebody in as the sign-in page does, without its form."""
    browser = browser or new_browser()
    cookie = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    session = SessionStore(cookie.value if cookie else None)
    open_session(session, account, ORIGIN)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return browser


@pytest.fixture
def next_door(db: None) -> Organisation:
    return make_organisation("next-door", "Next Door")


@pytest.fixture
def registry(leia: Organisation) -> Registry:
    return own_registry(leia)


@pytest.fixture
def make_service(registry: Registry) -> MakeService:
    def make(**details: Any) -> Service:
        return Service.objects.create(
            **{"registry": registry, "name": "Library", "address": APP} | details
        )

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    return make_service()


@pytest.fixture
def ange(leia: Organisation) -> Account:
    return make_account(
        leia,
        "ange",
        role=Account.Role.TEACHER,
        name=("Ange", "Casanova"),
        email="ange@school.example",
        directory_id="ange-1",
    )


@pytest.fixture
def ange_browser(ange: Account) -> Client:
    return sign_in(ange)
