"""Organisations, people and browsers for tests, made the way the product makes them."""

import re
from email.message import EmailMessage
from functools import cache
from typing import Any

from django.test import Client

from trousseau.accounts import hashing
from trousseau.accounts.models import Account, Guardianship
from trousseau.accounts.services import registration
from trousseau.audit.origin import Origin
from trousseau.organisations.models import Organisation

HOST = "127.0.0.1:8000"
PASSWORD = "moulin-girafe-tuba-58"
ANOTHER_PASSWORD = "caillou-violon-neige-73"
ORIGIN = Origin(address="192.0.2.7", agent="Firefox/140 Android")
Role = Account.Role


@cache
def stored(password: str) -> str:
    """Make one hash, which is dear, for all the accounts of a run with the same password."""
    return hashing.hashed(password)


def make_organisation(slug: str = "leia", name: str = "LEIA", **details: Any) -> Organisation:
    return Organisation.objects.create(slug=slug, name=name, **details)


def make_account(
    organisation: Organisation,
    username: str,
    *,
    role: Account.Role = Role.GUARDIAN,
    name: tuple[str, str] = ("Ada", "Agostini"),
    email: str = "",
    password: str = PASSWORD,
    **details: Any,
) -> Account:
    account = registration.register(
        organisation,
        username,
        role=role,
        given_name=name[0],
        family_name=name[1],
        email=email,
        **details,
    )
    if password:
        account.password = stored(password)
        account.save(update_fields=["password"])
    return account


def guard(guardian: Account, *children: Account) -> None:
    for child in children:
        Guardianship.objects.create(guardian=guardian, child=child)


def new_browser(host: str = HOST, language: str = "en", **headers: str) -> Client:
    """Open a browser of its own, with its own cookies."""
    return Client(headers={"host": host, "accept-language": language, **headers})


def sign_in(browser: Client, account: Account, password: str = PASSWORD, query: str = ""):
    fields = {"username": account.username, "password": password}
    return browser.post(f"/{account.organisation.slug}/sign-in/{query}", fields)


def signed_in(account: Account, password: str = PASSWORD) -> Client:
    browser = new_browser()
    assert sign_in(browser, account, password).status_code == 303
    return browser


def is_signed_in(browser: Client, organisation: Organisation) -> bool:
    return browser.get(f"/{organisation.slug}/settings/").status_code == 200


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def links_in(mail: EmailMessage) -> list[str]:
    """Find the paths of the secret links in a mail, in their order."""
    return re.findall(r"http://[^/\s]+(/\S+/[\w-]{32}/)", text_of(mail))
