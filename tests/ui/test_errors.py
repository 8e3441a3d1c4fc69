"""Error pages: one sentence on what is wrong, and one way on."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from tests.accounts.waiting_hasher import WaitingHasher
from tests.factories import make_account, new_browser, signed_in
from tests.markup import attributes, find_parse_errors, heading, main_text, texts
from trousseau.accounts import hashing
from trousseau.organisations.models import Organisation


def check_page(answer, status: int, title: str, way_on: str) -> None:
    assert answer.status_code == status
    assert heading(answer) == title
    assert attributes(answer, "main a.button", "href") == [way_on]
    assert attributes(answer, "html", "lang") == ["en"]
    assert texts(answer, "title") == [f"{title} – Trousseau"] or way_on != "/"  # noqa: RUF001
    assert f"Code {status}" in main_text(answer)
    assert find_parse_errors(answer.content.decode()) == []
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_400_untrusted_host(db: None) -> None:
    """ERR-01."""
    answer = new_browser(host="evil.example").get("/")
    check_page(answer, 400, "This request cannot be understood", "/")


@pytest.mark.usefixtures("leia")
def test_400_too_many_fields_or_damaged_upload(visitor: Client) -> None:
    """ERR-01."""
    damaged = visitor.post("/leia/help/", b"--x", content_type="multipart/form-data")
    check_page(damaged, 400, "This request cannot be understood", "/leia/")
    crowded = visitor.post("/leia/help/", {f"field{number}": "" for number in range(200)})
    check_page(crowded, 413, "That is too much at once", "/leia/")


@pytest.mark.usefixtures("leia")
def test_403_from_another_site(visitor: Client) -> None:
    """ERR-01."""
    answer = visitor.post("/recover/", headers={"sec-fetch-site": "cross-site"})
    check_page(answer, 403, "This is not allowed", "/")


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize(
    "path", ["/atlantis/", "/leia/nothing/", "/leia/look-.css", "/favicon.ico"]
)
def test_404_unknown_address(visitor: Client, path: str) -> None:
    """ERR-01."""
    check_page(visitor.get(path), 404, "This page does not exist", "/")


@pytest.mark.parametrize("path", ["/atlantis/", "/leia/nothing/"])
def test_404_signed_in_keeps_the_person_in_sight(leia: Organisation, path: str) -> None:
    """ERR-01: a page of no organisation is shown to somebody who is signed in at one."""
    answer = signed_in(make_account(leia, "ada")).get(path)
    check_page(answer, 404, "This page does not exist", "/")
    assert texts(answer, ".person .name") == ["Ada Agostini"]


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("path", ["/leia/help/", "/atlantis/", "/"])
@pytest.mark.parametrize(
    "length", ["65537", "99999999999999999999", "9" * 9_000, "-1", "+5", "many"]
)
def test_413_announced_before_anything_is_read(visitor: Client, path: str, length: str) -> None:
    """VAL-09."""
    answer = visitor.post(path, {"text": "x"}, CONTENT_LENGTH=length)
    check_page(answer, 413, "That is too much at once", "/")


@pytest.mark.usefixtures("leia")
def test_413_more_text_than_any_page_asks_for(visitor: Client) -> None:
    """VAL-09."""
    answer = visitor.post("/leia/help/", {"text": "x" * 70_000})
    check_page(answer, 413, "That is too much at once", "/")


@pytest.mark.usefixtures("leia")
def test_500_when_the_database_is_broken(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    """ERR-01: the page needs nothing that may be broken, and tells no stranger why."""
    visitor.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE helpdesk_helprequest RENAME TO gone")
    fields = {"given_name": "Ada", "family_name": "A", "asker": "pupil", "reach": "x", "text": "y"}
    answer = visitor.post("/leia/help/", fields)
    check_page(answer, 500, "Something went wrong on our side", "/")
    assert "helprequest" not in answer.content.decode()
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.exc_info


@pytest.fixture
def _busy(monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[None]:
    """Have every turn of the hasher taken by somebody who does not finish."""
    hashing.warm_up()
    settings.PASSWORD_HASHERS = ["tests.accounts.waiting_hasher.WaitingHasher"]
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", 0.05)
    WaitingHasher.reset()
    others = [
        threading.Thread(target=_hash_or_give_up) for _ in range(3 * WaitingHasher.most_expected())
    ]
    for other in others:
        other.start()
    WaitingHasher.wait_until_busy()
    yield
    WaitingHasher.release()
    for other in others:
        other.join()


def _hash_or_give_up() -> None:
    try:
        hashing.hashed("x")
    except hashing.TooBusyError:
        return


@pytest.mark.usefixtures("_busy")
def test_503_while_too_many_sign_in(visitor: Client, leia: Organisation) -> None:
    """STO-03: told to come back, rather than kept waiting; nothing was decided."""
    fields = {"username": "ada", "password": "moulin-girafe-tuba-58"}
    answer = visitor.post(f"/{leia.slug}/sign-in/", fields)
    check_page(answer, 503, "Many people are signing in right now", "/leia/")
    assert answer.headers["Retry-After"] == "30"
