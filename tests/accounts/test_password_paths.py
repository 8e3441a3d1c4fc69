"""Every path by which a password is chosen has the same policy."""

import io
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.factories import PASSWORD, Role, make_account, new_browser, sign_in, signed_in
from tests.markup import texts
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, passwords
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import SecondFactor

GOOD = "caillou-violon-neige-73"
BAD = {
    "too_short": "x7!Kp",
    "too_long": "caillou violon neige " * 60,
    "common": "motdepasse123456",
    "digits": "123456789012345678",
    "repeated": "abcabcabcabcabcabcabc",
    "keyboard": "azertyuiopqsdfghjklm",
    "personal": "quilichini-zaira-1975",
}


@pytest.fixture
def zaira(leia: Organisation) -> Account:
    # A helper, for whom the password has to be longest; no second factor stands in the way here.
    leia.second_factor = SecondFactor.NOBODY
    leia.save()
    name = ("Zaïra", "Quilichini")
    return make_account(leia, "zaira", role=Role.ADMINISTRATOR, name=name)


# Each path tries a password and returns what it says against it, nothing once it is taken.
Path = Callable[[Account, str, pytest.MonkeyPatch], str]


def by_change(account: Account, password: str, _: pytest.MonkeyPatch) -> str:
    again = {"new_password": password, "new_password_again": password}
    fields = {"current_password": PASSWORD, **again}
    answer = signed_in(account).post("/leia/settings/password/", fields)
    return said_about_the_new_password(answer)


def by_mailed_link(account: Account, password: str, _: pytest.MonkeyPatch) -> str:
    issued = credentials.issue(Credential.Kind.RECOVERY, account, timedelta(hours=1))
    browser = new_browser()
    form = browser.get(f"/leia/pwd/{issued.secret}/").headers["Location"]
    fields = {"new_password": password, "new_password_again": password}
    return said_about_the_new_password(browser.post(form, fields))


def by_command(account: Account, password: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register the same person anew, for the command line knows no other way."""
    account.delete()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    try:
        with translation.override("en"):
            call_command(
                *("account", "add", "leia", account.username, "--password-stdin"),
                *("--given-name", account.given_name, "--family-name", account.family_name),
            )
    except CommandError as error:
        return str(error)
    return ""


def said_about_the_new_password(answer) -> str:
    if answer.status_code == 303:
        return ""
    (said,) = texts(answer, "#id_new_password_error")
    return said


each_path = pytest.mark.parametrize("path", [by_change, by_mailed_link, by_command])


@each_path
@pytest.mark.parametrize("reason", BAD)
def test_bad_password_is_refused_on_every_path_with_the_same_words(
    zaira: Account, path: Path, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PWD-13, PWD-08."""
    with translation.override("en"):
        verdict = passwords.judge(zaira, BAD[reason])
    assert verdict.reason == reason
    assert path(zaira, BAD[reason], monkeypatch) == verdict.message
    assert sign_in(new_browser(), zaira, BAD[reason]).status_code == 200
    if path is not by_command:
        assert sign_in(new_browser(), zaira, PASSWORD).status_code == 303


@each_path
@pytest.mark.parametrize("password", [GOOD, "ça coûte 3 clés à l’été", "  blancs autour gardés  "])
def test_good_password_is_taken_as_it_is_on_every_path(
    zaira: Account, path: Path, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PWD-03, PWD-13: blanks and accents included, nothing trimmed."""
    assert path(zaira, password, monkeypatch) == ""
    assert sign_in(new_browser(), zaira, password.strip() + "x").status_code == 200
    assert sign_in(new_browser(), zaira, password).status_code == 303
    if password != password.strip():
        assert sign_in(new_browser(), zaira, password.strip()).status_code == 200
