"""Signing in through CAS servers that are not ours (CAS 3.0.3)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_account, make_organisation
from tests.interop.conftest import CasServer
from tests.interop.walking import Page, Walker
from trousseau import tokens
from trousseau.accounts.models import Account, Session
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.signin.models import LinkedIdentity

pytestmark = [pytest.mark.interop, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 20


@dataclass
class School:
    """Our side, served for real, with the other project's server as its CAS server."""

    url: str
    cas: CasServer
    organisation: Organisation

    def account(self, username: str, record: str, **details: Any) -> Account:
        return make_account(
            self.organisation,
            username,
            directory_id=record,
            local_sign_in=False,
            password="",
            **details,
        )

    def through_cas(self, person: Walker, to: str = "") -> Page:
        """Press the button, and sign in there if asked."""
        page = person.open(f"{self.url}/sign-in/cas/" + (f"?next={to}" if to else ""))
        return self.cas.sign_in(person, page) if page.url.startswith(self.cas.url) else page

    def is_open(self, person: Walker) -> bool:
        return person.open(f"{self.url}/settings/").url == f"{self.url}/settings/"

    def ticket_url(self, person: Walker) -> str:
        """Let the CAS server, where the person is signed in, send them back; stop before us."""
        return person.sent_to(person.sent_to(f"{self.url}/sign-in/cas/"))


@pytest.fixture
def school(live_server: LiveServer, settings: Settings, cas_server: CasServer) -> School:
    settings.BASE_URL = live_server.url
    settings.PLATFORM_HOSTS = {"localhost"}
    leia = make_organisation(
        "leia",
        "LEIA",
        cas_url=cas_server.url,
        cas_name="Guichet",
        cas_identifier="uid",
        cas_directory_id="ENTPersonJointure",
        cas_attributes={"given_name": "givenName"},
    )
    return School(f"{live_server.url}/leia", cas_server, leia)


@pytest.fixture
def ange(school: School) -> Account:
    return school.account("ange.cas", "2A-417")


def test_cas_button_leads_through_a_real_server_and_back_to_where_one_was_going(
    school: School, ange: Account
):
    person = Walker()
    form = person.open(f"{school.url}/sign-in/?next=/leia/settings/sessions/")
    back = school.cas.sign_in(person, person.open(form.link("Sign in with SSO CAS")))
    assert (back.url, back.heading) == (f"{school.url}/settings/sessions/", "Your devices")
    linked = LinkedIdentity.objects.get()
    assert (linked.account, linked.issuer, linked.identifier) == (ange, school.cas.url, "a-17")
    ange.refresh_from_db()
    assert ange.given_name == "Ange-Marie"
    facts = Event.objects.filter(tag="authn_login_success").values_list("subject", "facts")
    assert list(facts) == [(ange.public_id, {"factor": "cas"})]


def test_cas_session_that_lives_leads_straight_in(school: School, ange: Account):
    person = Walker()
    school.through_cas(person)
    person.send(person.open(f"{school.url}/"), "form[action$='sign-out/']")
    assert not school.is_open(person)
    assert person.open(f"{school.url}/sign-in/cas/").url == f"{school.url}/"


def test_cas_2_tells_enough_to_find_an_account_linked_before(school: School, ange: Account):
    school.through_cas(Walker())
    Organisation.objects.update(cas_version=2, cas_directory_id="none")
    from_now_on = Walker()
    school.through_cas(from_now_on)
    assert school.is_open(from_now_on)


def test_several_accounts_behind_one_identity_are_chosen_from(school: School, ange: Account):
    other = school.account("ange.parent", "2A-418", role=Account.Role.GUARDIAN)
    person = Walker()
    page = school.through_cas(person, to="/leia/settings/")
    assert page.heading == "Which account?"
    assert not school.is_open(person)
    again = person.open(f"{school.url}/sign-in/cas/choose/")
    inside = person.open(again.url, {"account": other.public_id})
    assert inside.url == f"{school.url}/settings/"
    assert "ange.parent" in inside.html


# In memory SQLite is one connection for every thread, and knows no two transactions at once.
@pytest.mark.postgresql
def test_ticket_opens_one_session_however_many_use_it_at_once(school: School, ange: Account):
    person = Walker()
    school.through_cas(person)
    url = school.ticket_url(person)
    # As many as one network may have under way at one CAS server.
    with ThreadPoolExecutor(3) as together:
        pages = list(together.map(lambda _: person.open(url), range(3)))
    assert sorted(page.status for page in pages) == [200, 403, 403]
    assert {page.heading for page in pages if page.status == 403} == {"This sign-in is over"}


def test_ticket_of_another_organisation_opens_nothing(school: School, ange: Account):
    make_organisation("autre", "Autre", cas_url=school.cas.url)
    person = Walker()
    school.through_cas(person)
    ticket_url = school.ticket_url(person)
    person.sent_to(ticket_url.partition("?")[0].replace("/leia/", "/autre/"))
    page = person.open(ticket_url.replace("/leia/", "/autre/"))
    assert page.status in {403, 502}
    assert "Your reference" in page.html


def test_person_whom_only_the_cas_server_knows_is_told_so(school: School):
    page = school.through_cas(Walker())
    assert (page.status, page.heading) == (403, "LEIA does not know you yet")
    event = Event.objects.get(tag="authn_login_fail")
    assert event.reference in page.html
    assert event.facts == {"factor": "cas", "why": "unknown", "identity": "ange"}


def test_single_logout_of_the_cas_server_ends_the_session_here(school: School, ange: Account):
    """SES-13."""
    person = Walker()
    school.through_cas(person)
    assert school.is_open(person)
    person.open(f"{school.cas.url}/logout")
    wait_until(lambda: not school.is_open(person))


def test_signing_out_tells_of_the_cas_session_and_ends_it_too(school: School, ange: Account):
    person = Walker()
    school.through_cas(person)
    page = person.send(person.open(f"{school.url}/"), "form[action$='sign-out/']")
    assert page.heading == "You are signed out"
    person.open(page.link("Sign out of Guichet"))
    assert person.open(f"{school.url}/sign-in/cas/").url.startswith(f"{school.cas.url}/login")


def test_silent_sign_in_asks_once_and_never_loops(school: School, ange: Account):
    Organisation.objects.update(cas_silent=True)
    stranger = Walker()
    page = stranger.open(f"{school.url}/settings/")
    assert page.url == f"{school.url}/sign-in/?next=%2Fleia%2Fsettings%2F"
    assert page.heading == "Sign in with Trousseau"
    known = Walker()
    school.cas.sign_in(known, known.open(f"{school.cas.url}/login"))
    assert known.open(f"{school.url}/settings/").url == f"{school.url}/settings/"


def test_sensitive_change_asks_the_cas_server_again(school: School, ange: Account):
    """PRO-01."""
    person = Walker()
    school.through_cas(person)
    details = f"{school.url}/settings/details/"
    person.open(details, {"email": "ange@example.org"})
    assert list(ange.addresses.all()) == []
    key = Session.objects.get().digest
    asked = person.open(person.open(details).link("Confirm with Guichet"))
    back = school.cas.sign_in(person, asked)
    assert back.url == details
    assert Session.objects.get().digest != key
    person.send(back, "main form", email="ange@example.org")
    assert [one.address for one in ange.addresses.all()] == ["ange@example.org"]


def test_ticket_is_kept_as_a_digest_only(school: School, ange: Account):
    person = Walker()
    school.through_cas(person)
    url = school.ticket_url(person)
    person.open(url)
    ticket = url.partition("ticket=")[2]
    expected = tokens.digest(f"{school.organisation.pk}:{ticket}")
    assert [one.ticket for one in Session.objects.all()] == [expected]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
