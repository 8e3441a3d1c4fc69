"""One refusal, whatever the reason: in words, in headers, in queries and in the hash made."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import PASSWORD, make_account, new_browser
from tests.markup import alerts, attributes, heading
from trousseau.accounts import hashing
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation

State = Account.State
PAGE = "/leia/sign-in/"
# Why somebody is refused: what the account is like (none at all: None), and what is typed.
REASONS: dict[str, tuple[dict[str, Any] | None, str]] = {
    "unknown": (None, PASSWORD),
    "wrong password": ({}, "another-password-12"),
    "not activated": ({"state": State.INACTIVE}, PASSWORD),
    "suspended": ({"state": State.SUSPENDED}, PASSWORD),
    "signs in through CAS": ({"local_sign_in": False}, PASSWORD),
    "has no password": ({"password": ""}, """ "!" """),
    "next door": ({"organisation": "bastia"}, PASSWORD),
}
each_reason = pytest.mark.parametrize("reason", REASONS)


def attempt(name: str, password: str):
    return new_browser().post(PAGE, {"username": name, "password": password})


def prepare(leia: Organisation, reason: str) -> str:
    """Make the account that the reason asks for, and return the password to type."""
    details, password = REASONS[reason]
    if details is not None:
        organisation = leia
        if "organisation" in details:
            organisation = Organisation.objects.create(slug="bastia", name="Bastia")
        rest = {name: value for name, value in details.items() if name != "organisation"}
        make_account(organisation, "ada", email="ada@example.com", **rest)
    return password


def received(answer) -> tuple[int, dict[str, str], str, str]:
    cookies = answer.cookies.output()
    moments = re.sub(r"expires=[^;]*", "", cookies)
    # The reference of a request is made at random for each.
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, headers, answer.content.decode(), moments


def shapes(queries: CaptureQueriesContext) -> list[str]:
    """Return the statements without the values in them."""
    literals = r"'(?:[^']|'')*'|\b[0-9a-f]{16,}\b|\b\d+\b"
    return [re.sub(literals, "?", query["sql"]) for query in queries]


@each_reason
def test_refusal_is_the_same_page_whatever_the_reason(leia: Organisation, reason: str) -> None:
    """SIG-01: status, headers, cookies and every byte."""
    expected = received(attempt("ada", "another-password-12"))
    password = prepare(leia, reason)
    answer = attempt("ada", password)
    assert received(answer) == expected
    assert answer.status_code == 200
    assert alerts(answer)[0].startswith("Incorrect username or password")
    assert not Session.objects.exists()


@each_reason
@pytest.mark.parametrize("email_sign_in", [False, True])
@pytest.mark.parametrize("name", ["ada", "ada@example.com"])
def test_refusal_asks_the_database_the_same_whatever_the_reason(
    leia: Organisation, reason: str, name: str, *, email_sign_in: bool
) -> None:
    """SIG-02: nobody learns from the time it takes who has an account."""
    leia.email_sign_in = email_sign_in
    leia.save()
    attempt("warm", "up")
    with CaptureQueriesContext(connection) as for_a_stranger:
        attempt(name, "another-password-12")
    password = prepare(leia, reason)
    attempt("warm", "up")
    with CaptureQueriesContext(connection) as queries:
        attempt(name, password)
    assert shapes(queries) == shapes(for_a_stranger)


@each_reason
def test_refusal_costs_one_hash_whatever_the_reason(
    leia: Organisation, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIG-02: counted where Django verifies, with the parameters of the day."""
    password = prepare(leia, reason)
    hashing.warm_up()
    verified: list[str] = []
    verify: Callable[..., bool] = hashing.Argon2id.verify

    def counted(self: hashing.Argon2id, password: str, encoded: str) -> bool:
        verified.append(encoded.rpartition("$")[0].rpartition("$")[0])
        return verify(self, password, encoded)

    monkeypatch.setattr(hashing.Argon2id, "verify", counted)
    attempt("ada", password)
    assert verified == ["argon2$argon2id$v=19$m=19456,t=2,p=1"]


@each_reason
def test_refusal_is_written_into_the_trail_without_what_was_typed(
    leia: Organisation, reason: str
) -> None:
    """LOG-01, LOG-02: people type their password into the field of the username."""
    password = prepare(leia, reason)
    attempt("ada", password)
    event = Event.objects.get(tag="authn_login_fail")
    assert (event.outcome, event.organisation, event.actor) == ("refused", "leia", "")
    attempt(PASSWORD, PASSWORD)
    assert PASSWORD not in str(list(Event.objects.values()))


def test_refusal_offers_a_way_on_and_keeps_the_username(leia: Organisation) -> None:
    """ACC-02, ACC-07."""
    answer = attempt("Ada ", "wrong")
    assert heading(answer) == "Sign in with Trousseau"
    assert attributes(answer, "[name=username]", "value") == ["Ada "]
    assert attributes(answer, "[name=password]", "value") == [""]
    assert f"/{leia.slug}/recover/" in attributes(answer, "main a", "href")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ["Enter your username.", "Enter your password."]),
        ({"username": "ada"}, ["Enter your password."]),
        ({"username": " ", "password": "x"}, ["Enter your username."]),
    ],
)
def test_empty_field_is_asked_for(
    leia: Organisation, fields: dict[str, str], said: list[str]
) -> None:
    assert alerts(new_browser().post(f"/{leia.slug}/sign-in/", fields)) == said


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("x" * 60_000, PASSWORD),
        ("ada", "x" * 60_000),
        ("ada\x00", PASSWORD),
        ("ada", "\x00"),
        ("' OR 1=1 --", "x"),
        ("%", "x"),
        ("@", "x"),
        ("a@b@c.example", "x"),
        ("\u202eada", "x"),
        ("ａｄａ\ufeff", "x"),  # noqa: RUF001
    ],
)
def test_hostile_input_is_refused(name: str, password: str) -> None:
    """VAL-01, PWD-02: quickly, and without an error."""
    Organisation.objects.update(email_sign_in=True)
    answer = attempt(name, password)
    if len(name) + len(password) > 64 * 1024:
        assert answer.status_code == 413
        return
    assert answer.status_code == 200
    assert len(alerts(answer)) >= 1
