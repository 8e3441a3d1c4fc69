"""`trousseau account add`."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.factories import PASSWORD, is_signed_in, make_account, new_browser, sign_in
from tests.second_factors import give_app
from trousseau.accounts.models import Account
from trousseau.organisations.models import Organisation


def add(monkeypatch: pytest.MonkeyPatch, *words: str, password: str = PASSWORD) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    names = ("--given-name", "Ada", "--family-name", "Agostini", "--password-stdin")
    call_command("account", "add", *words, *names)


def test_add_gives_an_administrator_who_can_sign_in(
    leia: Organisation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIG-11: the first administrator has the password that was typed, and no other."""
    add(monkeypatch, "leia", " Ada.Admin ", "--email", "ada@example.com")
    assert capsys.readouterr().out == "Ada.Admin can sign in at /leia/sign-in/\n"
    account = Account.objects.get()
    assert (account.role, account.organisation) == (Account.Role.ADMINISTRATOR, leia)
    assert [address.confirmed_at is not None for address in account.addresses.all()] == [True]
    assert PASSWORD not in str(vars(account))
    assert sign_in(new_browser(), account).status_code == 303


@pytest.mark.parametrize(
    "words",
    [
        ("atlantis", "ada"),
        ("leia", "LEO"),
        ("leia", " leo "),
        ("leia", "ada", "--email", "nobody"),
        ("leia", "ada", "--role", "king"),
        ("leia", ""),
        ("leia", "  "),
        ("leia", "x" * 151),
    ],
    ids=repr,
)
def test_add_what_cannot_be_is_refused_and_adds_nothing(
    leia: Organisation, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    leo = make_account(leia, "leo")
    with pytest.raises(CommandError):
        add(monkeypatch, *words)
    assert list(Account.objects.all()) == [leo]


@pytest.mark.parametrize("password", ["", "short", "ada agostini leia"])
def test_add_with_a_weak_password_is_refused_and_adds_nothing(
    leia: Organisation, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """PWD-13: an administrator without a password is none either."""
    with pytest.raises(CommandError):
        add(monkeypatch, leia.slug, "ada", password=password)
    assert not Account.objects.exists()


def test_operator_must_set_a_second_factor_up(
    leia: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIG-07: whatever their organisation asks of others."""
    leia.second_factor = "optional"
    leia.save()
    add(monkeypatch, "leia", "operator", "--operator")
    operator = Account.objects.get()
    assert operator.is_operator
    browser = new_browser()
    assert sign_in(browser, operator).headers["Location"].endswith("/second-step/set-up/")
    assert not is_signed_in(browser, leia)


def test_suspend_reactivate_and_forget_factors(
    leia: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    """SES-06, REC-17: and what is not so is said to be not so."""
    ada = make_account(leia, "ada")
    give_app(ada)
    for action in ("suspend", "reactivate", "forget-factors"):
        call_command("account", action, "leia", "ADA")
    assert capsys.readouterr().out.splitlines() == [
        "ada: suspended.",
        "ada: active.",
        "ada: second factors forgotten.",
    ]
    ada.refresh_from_db()
    assert (ada.is_active, ada.protected_since) == (True, None)
    for action, name in (("reactivate", "ada"), ("suspend", "nobody")):
        with pytest.raises(CommandError):
            call_command("account", action, "leia", name)
