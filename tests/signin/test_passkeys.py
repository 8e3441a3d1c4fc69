"""Passkeys: whose they are, where they work, and what a lying device gets by it."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.factories import (
    ORIGIN,
    is_signed_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
)
from tests.second_factors import PRESENT, STEP, VERIFIED, Device, half_way
from trousseau.accounts.models import Account, Passkey
from trousseau.accounts.services import factors, standing
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation, OrganisationHost

HOST = "ent.example"
PLACE = f"http://{HOST}"
SECOND_STEP = "/leia/settings/second-step/"
DOOR = "/leia/sign-in/passkey/"


@pytest.fixture(autouse=True)
def _host(settings: Settings) -> None:
    settings.PLATFORM_HOSTS = {HOST, "127.0.0.1"}


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada")


def options(browser: Client, path: str) -> dict[str, Any]:
    answer = browser.post(f"{path}options/")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def visitor(host: str = HOST) -> Client:
    return new_browser(host=host)


def add(account: Account, device: Device, host: str = HOST):
    browser = visitor(host)
    sign_in(browser, account)
    page = f"/{account.organisation.slug}/settings/second-step/passkey/"
    made = device.make(options(browser, page))
    return browser.post(page, {"passkey": made, "name": ""})


def come_in(device: Device, host: str = HOST, door: str = DOOR) -> tuple[Client, int]:
    browser = visitor(host)
    answer = browser.post(door, {"passkey": device.use(options(browser, door))})
    return browser, answer.status_code


@pytest.fixture
def device(ada: Account) -> Device:
    device = Device(PLACE)
    assert add(ada, device).status_code == 303
    return device


def test_passkey_signs_in_without_a_password(leia: Organisation, ada: Account, device: Device):
    """SIG-07: two factors by itself, and the session says so."""
    browser, status = come_in(device)
    assert status == 303
    assert is_signed_in(browser, leia)
    event = Event.objects.filter(tag="authn_login_success").latest("pk")
    assert (event.subject, event.facts) == (ada.public_id, {"factor": "passkey"})


def test_passkey_is_the_second_step(leia: Organisation, ada: Account, device: Device) -> None:
    browser = half_way(ada, host=HOST)
    asked = options(browser, STEP)
    assert [one["id"] for one in asked["get"]["allowCredentials"]] != []
    assert browser.post(STEP, {"passkey": device.use(asked)}).status_code == 303
    assert is_signed_in(browser, leia)


def test_passkey_of_another_account_is_no_second_step(
    leia: Organisation, ada: Account, device: Device
) -> None:
    bob = make_account(leia, "bob")
    add(bob, Device(PLACE))
    browser = half_way(bob, host=HOST)
    answer = browser.post(STEP, {"passkey": device.use(options(browser, STEP))})
    assert answer.status_code == 200
    assert not is_signed_in(browser, leia)


def test_passkey_of_another_organisation_opens_nothing_here(
    leia: Organisation, ada: Account, device: Device
) -> None:
    """TEN-01: on the platform's host both share its name; the trail here names nobody."""
    bastia = make_organisation("bastia", "Bastia")
    browser, status = come_in(device, door="/bastia/sign-in/passkey/")
    assert status == 403
    assert not is_signed_in(browser, bastia)
    assert not is_signed_in(browser, leia)
    assert Event.objects.get(tag="authn_login_fail").subject == ""


def lies() -> dict[str, dict[str, Any]]:
    return {
        "another origin": {"origin": "http://evil.example"},
        "a longer origin": {"origin": f"{PLACE}.evil.example"},
        "another port": {"origin": f"{PLACE}:8443"},
        "another scheme": {"origin": f"https://{HOST}"},
        "nobody made sure of": {"flags": PRESENT},
        "nobody there": {"flags": VERIFIED},
        "counter went back": {"count": 0},
        "unknown": {"identity": b"x" * 32},
        "another key": {"key": Device(PLACE).key},
    }


@pytest.mark.parametrize("lie", lies())
def test_device_that_lies_is_refused(leia: Organisation, device: Device, lie: str) -> None:
    """A6.5: origin, holder, signature and counter are all checked."""
    for name, value in lies()[lie].items():
        setattr(device, name, value)
    browser, status = come_in(device)
    assert status == 403
    assert not is_signed_in(browser, leia)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        '{"id": 7}',
        "\x00",
        "é" * 99,
        '{"id":"a","rawId":"a","response":{},"type":"public-key"}',
    ],
)
def test_rubbish_is_refused(device: Device, answer: str) -> None:
    browser = visitor()
    options(browser, DOOR)
    assert browser.post(DOOR, {"passkey": answer}).status_code == 403


def test_answer_serves_once_and_in_its_own_browser(leia: Organisation, device: Device) -> None:
    browser = visitor()
    answer = {"passkey": device.use(options(browser, DOOR))}
    thief = visitor()
    assert thief.post(DOOR, answer).status_code == 403
    options(thief, DOOR)
    assert thief.post(DOOR, answer).status_code == 403
    assert browser.post(DOOR, answer).status_code == 303
    assert browser.post(DOOR, answer).status_code == 403


def test_answer_comes_within_five_minutes(device: Device, travel: StoppedClock) -> None:
    browser = visitor()
    answer = {"passkey": device.use(options(browser, DOOR))}
    travel(minutes=5, seconds=1)
    assert browser.post(DOOR, answer).status_code == 403


@pytest.mark.parametrize("what", ["suspended", "no password", "elsewhere"])
def test_passkey_opens_what_the_password_would(
    leia: Organisation, ada: Account, device: Device, what: str
) -> None:
    """SIG-08, SES-06."""
    if what == "suspended":
        standing.suspend(ada, ORIGIN)
    elif what == "no password":
        ada.set_unusable_password()
        ada.save()
    else:
        Account.objects.update(local_sign_in=False)
    _, status = come_in(device)
    assert status == 403


def test_passkey_belongs_to_the_host_it_was_made_at(
    leia: Organisation, ada: Account, device: Device
) -> None:
    """REC-10: an organisation's own host has passkeys of its own."""
    OrganisationHost.objects.create(organisation=leia, name="leia.example.org")
    own = Device("http://leia.example.org")
    sign_in(own_host := visitor("leia.example.org"), ada)
    assert own_host.get(STEP).status_code == 200
    browser, status = come_in(device, host="leia.example.org")
    assert status == 403
    assert not is_signed_in(browser, leia)
    device.origin = "http://leia.example.org"
    assert come_in(device, host="leia.example.org")[1] == 403
    factors.forget_all(ada, ORIGIN)
    assert add(ada, own, host="leia.example.org").status_code == 303
    assert come_in(own, host="leia.example.org")[1] == 303
    assert come_in(own)[1] == 403
    assert list(Passkey.objects.values_list("host", flat=True)) == ["leia.example.org"]


def test_bare_address_has_no_passkeys(leia: Organisation) -> None:
    """Browsers make none there, so no page offers one."""
    browser = new_browser()
    assert browser.post(f"{DOOR}options/").status_code == 404
    assert b"data-passkey" not in browser.get("/leia/sign-in/").content
    assert b"data-passkey" in visitor().get("/leia/sign-in/").content


def test_sign_in_page_with_passkeys_is_the_same_for_everybody(
    leia: Organisation, ada: Account, device: Device
) -> None:
    """Kept pages name nobody, and asking for them opens no session."""
    first = visitor().get("/leia/sign-in/")
    assert first.content == visitor().get("/leia/sign-in/").content
    assert first.cookies.get("session") is None
    assert first.headers["ETag"]


def test_options_tell_nobody_whose_passkeys_there_are(device: Device) -> None:
    """SIG-01."""
    asked = options(visitor(), DOOR)["get"]
    assert asked.get("allowCredentials", []) == []
    assert asked["userVerification"] == "required"


def test_passkey_is_added_once_and_not_to_another_account(
    leia: Organisation, ada: Account, device: Device
) -> None:
    """A credential that is known already, to whomever, is refused."""
    bob = make_account(leia, "bob")
    assert add(bob, device).status_code == 400
    assert not factors.of_account(bob)
    bob.refresh_from_db()
    assert bob.protected_since is None


@pytest.mark.parametrize("lie", ["another origin", "nobody made sure of"])
def test_device_that_lies_adds_nothing(leia: Organisation, ada: Account, lie: str) -> None:
    device = Device(PLACE)
    for name, value in lies()[lie].items():
        setattr(device, name, value)
    assert add(ada, device).status_code == 400
    assert not Passkey.objects.exists()


def test_passkey_is_named_and_kept_without_the_make_of_the_device(ada: Account, device: Device):
    """MIN-01: nothing beside the public key."""
    passkey = Passkey.objects.get()
    assert passkey.host == HOST
    assert passkey.name
    assert json.dumps(passkey.aaguid) == '"00000000-0000-0000-0000-000000000000"'
