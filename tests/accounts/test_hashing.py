"""Hashes: what is stored, what replaces it, and how many are made at once."""

import base64
import hashlib
import threading
import unicodedata

import argon2
import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from pytest_django import Settings

from tests.accounts.waiting_hasher import WaitingHasher
from tests.conftest import StoppedClock
from tests.factories import ORIGIN, PASSWORD, is_signed_in, make_account, sign_in, signed_in
from trousseau.accounts import hashing
from trousseau.accounts.models import Account, Session
from trousseau.accounts.services import passwords
from trousseau.organisations.models import Organisation


def parameters(stored: str) -> tuple[int, int, int, str]:
    found = argon2.extract_parameters(stored.removeprefix("argon2"))
    return found.memory_cost, found.time_cost, found.parallelism, found.type.name


def test_hashed_is_argon2id_at_the_floor_or_above(settings: Settings) -> None:
    """STO-01, STO-04: with a salt of 128 bits of its own."""
    memory, time, parallelism, kind = parameters(hashing.hashed(PASSWORD))
    assert (memory >= 19456, time >= 2, parallelism, kind) == (True, True, 1, "ID")
    assert (memory, time) == (settings.ARGON2_MEMORY_KIB, settings.ARGON2_TIME_COST)
    assert argon2.extract_parameters(hashing.hashed(PASSWORD).removeprefix("argon2")).salt_len >= 16
    assert hashing.hashed(PASSWORD) != hashing.hashed(PASSWORD)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_verify_any_written_form_of_the_same_password_fits(form: str) -> None:
    """PWD-04: the same keys on another system."""
    stored = hashing.hashed("forêt-œuvre-été-ﬁn")
    typed = unicodedata.normalize(form, "forêt-œuvre-été-ﬁn")  # type: ignore[arg-type]
    assert hashing.verify(typed, stored) == (True, None)


def test_verify_without_an_account_is_no_whatever_is_typed() -> None:
    """SIG-02: not even the password hashed in its place."""
    assert hashing.verify(hashing.DUMMY_PASSWORD, None) == (False, None)
    assert hashing.verify("", None) == (False, None)


def weaker_argon2(password: str) -> str:
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    return "argon2" + hasher.hash(password)


def old_pbkdf2(password: str) -> str:
    salt = "formerlysalted"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000)
    return f"pbkdf2_sha256$1000${salt}${base64.b64encode(digest).decode()}"


def old_scrypt(password: str) -> str:
    return make_password(password, hasher="scrypt")


@pytest.mark.parametrize("old", [weaker_argon2, old_pbkdf2, old_scrypt])
def test_sign_in_replaces_a_weaker_hash(leia: Organisation, visitor: Client, old) -> None:
    """STO-03, STO-06: at the first sign-in, and once; the session holds."""
    ada = make_account(leia, "ada")
    Account.objects.filter(pk=ada.pk).update(password=old(PASSWORD))
    assert sign_in(visitor, ada, "wrong").status_code == 200
    assert Account.objects.get().password.startswith(old(PASSWORD)[:10])
    assert sign_in(visitor, ada).status_code == 303
    better = Account.objects.get().password
    assert parameters(better) == parameters(hashing.hashed(PASSWORD))
    assert visitor.get("/leia/settings/").status_code == 200
    assert sign_in(visitor, ada).status_code == 303
    assert Account.objects.get().password == better


def test_sign_in_that_replaces_a_hash_leaves_other_devices_signed_in(
    leia: Organisation, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STO-03: parameters rise, and nobody is thrown out for it; a new password does that."""
    ada = make_account(leia, "ada")
    there = signed_in(ada)
    before = Account.objects.get().password
    monkeypatch.setattr(hashing.Argon2id, "time_cost", 3)
    assert sign_in(visitor, ada).status_code == 303
    assert Account.objects.get().password != before
    assert [is_signed_in(browser, leia) for browser in (there, visitor)] == [True, True]


def test_session_that_was_kept_is_refused_after_a_new_password(
    leia: Organisation, visitor: Client, travel: StoppedClock
) -> None:
    """REC-16: a session opened in the same moment as the password changed does not slip by."""
    ada = make_account(leia, "ada")
    passwords.store(ada, ada.password, ORIGIN)
    sign_in(visitor, ada)
    kept = Session.objects.get().digest
    assert is_signed_in(visitor, leia)
    travel(microseconds=1)
    passwords.store(ada, ada.password, ORIGIN, keep=kept)
    assert not is_signed_in(visitor, leia)


@pytest.mark.parametrize("stored", ["", "!", "!unusable", "plain", "md5$x$y"])
def test_verify_hash_that_is_none_never_fits(stored: str) -> None:
    """STO-06: nothing stored is ever compared as it is."""
    assert hashing.verify(stored, stored) == (False, None)


def test_hashed_never_more_at_once_than_the_share_of_cores(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STO-01: memory stays flat, whoever comes; the others wait, then are told to come back."""
    settings.PASSWORD_HASHERS = ["tests.accounts.waiting_hasher.WaitingHasher"]
    expected = WaitingHasher.most_expected()
    WaitingHasher.reset()
    hashes: list[str] = []
    crowd = [
        threading.Thread(target=lambda: hashes.append(hashing.hashed("x")))
        for _ in range(4 * expected)
    ]
    for one in crowd:
        one.start()
    WaitingHasher.wait_until_busy()
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(hashing.TooBusyError):
        hashing.hashed("x")
    with pytest.raises(hashing.TooBusyError):
        hashing.verify("x", None)
    WaitingHasher.release()
    for one in crowd:
        one.join()
    assert len(hashes) == len(crowd)
    assert WaitingHasher.most_inside == expected
