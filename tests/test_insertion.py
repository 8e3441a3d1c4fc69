"""A row goes in by our own statement exactly as Django would have put it in."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from tests.factories import make_account
from trousseau import clock, insertion
from trousseau.accounts.models import Session
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest


def _event() -> Event:
    return Event(at=clock.now(), tag="é'\"%s", address="2001:db8::1", facts={"a": [1, "ü%"]})


def _request(organisation: Organisation | None) -> RecoveryRequest:
    return RecoveryRequest(organisation=organisation, address_key="a@b.example", language="fr")


def test_insert_writes_what_save_writes(leia: Organisation) -> None:
    for row in (_event(), _request(leia), _request(None)):
        insertion.insert(row)
        inserted = type(row)._base_manager.latest("pk")  # noqa: SLF001 - of any model
        assert model_to_dict(inserted, exclude=["id"]) == model_to_dict(row, exclude=["id"])


def test_insert_with_a_key_of_its_own(leia: Organisation) -> None:
    account = make_account(leia, "ada")
    now = clock.now()
    row = Session(digest="d" * 64, account=account, created_at=now, seen_at=now, expires_at=now)
    insertion.insert(row)
    assert Session.objects.get(digest="d" * 64).account == account


@pytest.mark.django_db
def test_insert_of_the_same_key_is_refused() -> None:
    later = clock.now() + timedelta(hours=1)
    row = Session(digest="d" * 64, created_at=later, seen_at=later, expires_at=later)
    insertion.insert(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        insertion.insert(row)
