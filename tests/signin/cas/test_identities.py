"""Which accounts an identity opens: by issuer and identifier, and by nothing else (SIG-09)."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import ORIGIN, make_account, make_organisation
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.signin.cas import identities
from trousseau.signin.cas.protocol import Identity
from trousseau.signin.cas.validation import NotValidatedError
from trousseau.signin.models import LinkedIdentity

CAS = "https://cas.example.org/cas"


@pytest.fixture
def leia(db: None) -> Organisation:
    return make_organisation(
        "leia", "LEIA", cas_url=f"{CAS}/", cas_identifier="uid", cas_directory_id="record"
    )


def person(uid: str, *records: str, user: str = "ange", **more: tuple[str, ...]) -> Identity:
    return Identity(user, {"uid": (uid,), "record": records, **more})


def opened(organisation: Organisation, identity: Identity) -> list[str]:
    accounts = identities.accounts_of(organisation, identity, ORIGIN)
    return [account.username for account in accounts]


def reason(organisation: Organisation, identity: Identity) -> str:
    with pytest.raises(NotValidatedError) as refusal:
        identities.accounts_of(organisation, identity, ORIGIN)
    return refusal.value.why


def test_first_use_links_by_directory_identifier_and_later_ones_need_it_no_more(
    leia: Organisation,
):
    account = make_account(leia, "ange", directory_id="2A-1")
    assert opened(leia, person("a-17", "2A-1")) == ["ange"]
    assert opened(leia, person("a-17")) == ["ange"]
    link = LinkedIdentity.objects.get()
    assert (link.account, link.issuer, link.identifier) == (account, CAS, "a-17")
    event = Event.objects.get(tag="identity_linked")
    assert (event.subject, event.facts) == (account.public_id, {"factor": "cas", "issuer": CAS})


def test_neither_username_nor_mail_nor_name_ever_links(leia: Organisation):
    make_account(leia, "ange", email="ange@example.org", directory_id="2A-1")
    identity = Identity(
        "ange",
        {
            "uid": ("ange",),
            "mail": ("ange@example.org",),
            "givenName": ("Ada",),
            "sn": ("Agostini",),
        },
    )
    assert reason(leia, identity) == "unknown"
    assert list(LinkedIdentity.objects.all()) == []


def test_account_without_directory_identifier_is_linked_with_nobody(leia: Organisation):
    make_account(leia, "ange")
    assert reason(leia, person("a-17", "")) == "unknown"


def test_account_that_somebody_opens_is_not_opened_by_another(leia: Organisation):
    make_account(leia, "ange", directory_id="2A-1")
    opened(leia, person("a-17", "2A-1"))
    assert reason(leia, person("b-18", "2A-1")) == "unknown"
    assert [link.identifier for link in LinkedIdentity.objects.all()] == ["a-17"]


def test_same_identifier_of_another_server_is_somebody_else(leia: Organisation):
    make_account(leia, "ange", directory_id="2A-1")
    opened(leia, person("a-17", "2A-1"))
    leia.cas_url = "https://other.example.org/cas"
    assert reason(leia, person("a-17")) == "unknown"


def test_identity_opens_nothing_next_door(leia: Organisation):
    other = make_organisation("autre", "Autre", cas_url=CAS, cas_identifier="uid")
    make_account(leia, "ange", directory_id="2A-1")
    opened(leia, person("a-17", "2A-1"))
    assert reason(other, person("a-17", "2A-1")) == "unknown"


def test_later_records_join_the_first_one(leia: Organisation):
    make_account(leia, "ange", directory_id="2A-1")
    make_account(leia, "ange.2", directory_id="2A-2")
    assert opened(leia, person("a-17", "2A-1")) == ["ange"]
    assert opened(leia, person("a-17", "2A-1", "2A-2")) == ["ange", "ange.2"]


@pytest.mark.parametrize("uids", [(), ("a", "b"), ("a" * 201,)])
def test_identity_without_one_identifier_opens_nothing(leia: Organisation, uids: tuple[str, ...]):
    make_account(leia, "ange", directory_id="2A-1")
    assert reason(leia, Identity("ange", {"uid": uids, "record": ("2A-1",)})) == "nameless"


@pytest.mark.parametrize(
    ("state", "expected"),
    [(Account.State.SUSPENDED, "suspended"), (Account.State.INACTIVE, "inactive")],
)
def test_account_that_is_not_open_is_told_apart(leia: Organisation, state: str, expected: str):
    make_account(leia, "ange", directory_id="2A-1", state=state)
    assert reason(leia, person("a-17", "2A-1")) == expected


def test_details_follow_the_server_where_the_organisation_wishes(leia: Organisation):
    leia.cas_attributes = {"given_name": "givenName", "phone": "tel", "city": "l"}
    account = make_account(leia, "ange", name=("Ange", "Casanova"), phone="01", city="Bastia")
    told = person("a-17", givenName=("Ange-Marie",), tel=("0" * 31,), l=("Corte", "Bastia"))
    identities.refresh(account, told, ORIGIN)
    account.refresh_from_db()
    assert (account.given_name, account.phone, account.city) == ("Ange-Marie", "01", "Bastia")
    assert Event.objects.get(tag="user_updated").facts == {
        "factor": "cas",
        "details": ["given_name"],
    }
    identities.refresh(account, told, ORIGIN)
    assert Event.objects.filter(tag="user_updated").count() == 1


def test_forgotten_identity_makes_room_for_the_next(leia: Organisation):
    make_account(leia, "ange", directory_id="2A-1")
    opened(leia, person("a-17", "2A-1"))
    call_command("identity", "forget", "leia", "Ange", stdout=StringIO())
    assert opened(leia, person("b-18", "2A-1")) == ["ange"]
    assert Event.objects.filter(tag="identity_unlinked").count() == 1


@pytest.mark.parametrize("username", ["ange", "nobody"])
def test_forgetting_what_is_not_there_says_so(leia: Organisation, username: str):
    make_account(leia, "ange")
    with pytest.raises(CommandError, match=username):
        call_command("identity", "forget", "leia", username)
