"""Photos: what is left in the storage."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.factories import ORIGIN, make_account
from trousseau.accounts.models import Account
from trousseau.accounts.services import details
from trousseau.organisations.models import Organisation


def test_set_photo_that_cannot_be_kept_leaves_no_file(
    leia: Organisation, settings: Settings, tmp_path: Path
) -> None:
    """SEC-02: the account went while its photo was on its way."""
    local = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": local}
    ada = make_account(leia, "ada", password="")
    Account.objects.get().delete()
    with pytest.raises(Account.DoesNotExist):
        details.set_photo(ada, b"photo", ORIGIN)
    assert list(tmp_path.rglob("*.webp")) == []
