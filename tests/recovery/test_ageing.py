"""Requests are forgotten once nobody will ask what became of them (SEC-02, LAW-08)."""

from tests.conftest import Family, StoppedClock
from tests.factories import ORIGIN
from trousseau.accounts.models import Credential
from trousseau.accounts.services import credentials
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import NoAccountNotice, RecoveryLink, RecoveryRequest
from trousseau.recovery.services import ageing, answering, asking


def test_old_request_goes_and_its_links_after_it(
    family: Family, travel: StoppedClock, postman
) -> None:
    asking.request_recovery(family.mother.organisation, family.email, "fr", ORIGIN)
    postman.collect()
    assert (RecoveryLink.objects.count(), Credential.objects.count()) == (3, 3)
    travel(days=30)
    assert (ageing.purge_requests(), credentials.purge()) == (0, 0)
    travel(minutes=1)
    assert ageing.purge_requests() == 1
    # A day younger: they expire a day after they were mailed.
    assert credentials.purge() == 0
    travel(days=1)
    assert credentials.purge() == 3
    assert not RecoveryLink.objects.exists()


def test_request_not_answered_yet_stays(leia: Organisation, travel: StoppedClock) -> None:
    asking.request_recovery(leia, "a@example.org", "fr", ORIGIN)
    travel(days=365)
    assert ageing.purge_requests() == 0
    assert RecoveryRequest.objects.count() == 1


def test_note_of_an_unknown_address_goes_after_a_day(
    leia: Organisation, travel: StoppedClock
) -> None:
    leia.answers_unknown_addresses = True
    leia.save()
    asking.request_recovery(leia, "a@example.org", "fr", ORIGIN)
    answering.answer_due()
    assert NoAccountNotice.objects.count() == 1
    travel(hours=23)
    assert ageing.purge_notices() == 0
    travel(hours=1)
    assert ageing.purge_notices() == 1
