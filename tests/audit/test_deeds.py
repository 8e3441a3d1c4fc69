"""Deeds and refusals, room by room, each with its tag (LOG-01, LOG-03, LOG-04)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from tests.accounts.address_mails import NEW, OLD, object_to, propose, replaced, secret_in
from tests.conftest import Postman, StoppedClock
from tests.factories import (
    ANOTHER_PASSWORD,
    ORIGIN,
    PASSWORD,
    links_in,
    make_account,
    new_browser,
    signed_in,
)
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import contact_addresses, credentials
from trousseau.audit import refusals
from trousseau.audit.models import Event
from trousseau.cas_server.models import Service
from trousseau.cas_server.services import granting, validating
from trousseau.helpdesk import services as helpdesk
from trousseau.helpdesk.models import HelpRequest
from trousseau.organisations.models import Organisation
from trousseau.throttling.held import HeldError
from trousseau.throttling.limits import Limit

CHOICE = {"new_password": ANOTHER_PASSWORD, "new_password_again": ANOTHER_PASSWORD}


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email=OLD, language="en")


def told(tag: str) -> list[dict[str, Any]]:
    """Return who and what the events of a tag tell of, oldest first."""
    events = Event.objects.filter(tag=tag).order_by("pk")
    return [{"subject": one.subject, "outcome": one.outcome, **one.facts} for one in events]


def link(account: Account, kind: Credential.Kind, **details: Any) -> str:
    return credentials.issue(kind, account, timedelta(hours=1), **details).secret


def test_one_reference_leads_through_a_whole_recovery(ada: Account, postman: Postman) -> None:
    """LOG-01: from the question to the password, and to a second use of the link."""
    new_browser().post("/leia/recover/", {"email": OLD})
    (mail,) = postman.collect()
    (path,) = links_in(mail)
    browser = new_browser()
    form = browser.get(path).headers["Location"]
    assert browser.post(form, CHOICE).status_code == 303
    assert browser.post(form, CHOICE).status_code == 410
    asked = Event.objects.get(tag="recovery_asked")
    chain = Event.objects.filter(reference=asked.reference).order_by("pk")
    assert [event.tag for event in chain] == [
        "recovery_asked",
        "recovery_answered",
        "authn_token_created",
        "recovery_done",
        "authn_token_reuse",
    ]
    done = Event.objects.get(tag="recovery_done")
    with_it = Event.objects.filter(request=done.request).values_list("tag", flat=True)
    assert set(with_it) == {"authn_password_change", "recovery_done"}


@pytest.mark.parametrize("state", ["expired", "superseded"])
def test_dead_recovery_link_is_noted(ada: Account, travel: StoppedClock, state: str) -> None:
    secret = link(ada, Credential.Kind.RECOVERY)
    if state == "expired":
        travel(hours=2)
    else:
        link(ada, Credential.Kind.RECOVERY)
    new_browser().get(f"/leia/pwd/{secret}/")
    (refused,) = told("sequence_fail")
    assert (refused["subject"], refused["outcome"]) == (ada.public_id, "refused")
    assert (refused["kind"], refused["why"]) == ("recovery", state)


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("pwd", "recovery"),
        ("settings/addresses/confirm", "confirmation"),
        ("settings/addresses/object", "objection"),
    ],
)
def test_link_that_never_was_is_noted_without_its_secret(path: str, kind: str) -> None:
    """LOG-02, LOG-03."""
    secret = "r4Xk9_pQ-2mZt7WnB1cVy8LsD0fGh3Ja"
    new_browser().get(f"/leia/{path}/{secret}/")
    assert told("sequence_fail") == [
        {"subject": "", "outcome": "refused", "kind": kind, "why": "unknown"}
    ]
    assert Event.objects.get().organisation == "leia"
    assert secret not in str(list(Event.objects.values()))


def test_page_of_a_live_link_notes_nothing(ada: Account) -> None:
    secret = link(ada, Credential.Kind.RECOVERY)
    browser = new_browser()
    browser.get(browser.get(f"/leia/pwd/{secret}/").headers["Location"])
    assert not Event.objects.exclude(tag="user_created").exists()


def test_password_that_does_not_do_is_noted_either_way(ada: Account) -> None:
    """LOG-01: the rule that it breaks, never the password."""
    secret = link(ada, Credential.Kind.RECOVERY)
    browser = new_browser()
    form = browser.get(f"/leia/pwd/{secret}/").headers["Location"]
    browser.post(form, {"new_password": "short", "new_password_again": "short"})
    fields = {"new_password": "motdepasse12", "new_password_again": "motdepasse12"}
    signed_in(ada).post("/leia/settings/password/", {"current_password": PASSWORD, **fields})
    signed_in(ada).post("/leia/settings/password/", {"current_password": "no", **CHOICE})
    refused = told("authn_password_change_fail")
    assert {one["subject"] for one in refused} == {ada.public_id}
    assert all(one["why"] for one in refused)
    assert refused[-1]["why"] == "wrong"
    assert "motdepasse12" not in str(list(Event.objects.values()))


def test_links_of_a_change_of_address_are_noted(ada: Account, postman: Postman) -> None:
    link(ada, Credential.Kind.RECOVERY)
    (notice, *_) = replaced(ada, postman)
    issued = told("authn_token_created")
    assert [one["kind"] for one in issued] == ["confirmation", "objection"]
    assert [one["to"] for one in told("address_confirmed")] == ["a•••@new.example"]
    assert told("authn_token_revoked")[0]["credentials"] == 1
    assert object_to(notice)
    assert len(told("address_objected")) == len(told("authn_password_withdrawn")) == 1
    contact_addresses.find_objection(ada.organisation, secret_in(notice), ORIGIN)
    assert told("authn_token_reuse")[0]["kind"] == "objection"


def test_dead_confirmation_is_noted(ada: Account, postman: Postman, travel: StoppedClock) -> None:
    propose(ada)
    (mail,) = postman.collect()
    travel(hours=25)
    (path,) = links_in(mail)
    new_browser().get(path)
    (refused,) = told("sequence_fail")
    assert (refused["kind"], refused["why"]) == ("confirmation", "expired")


def test_refused_address_and_limit_are_noted(ada: Account) -> None:
    """LOG-03, A16.3.3."""
    with pytest.raises(contact_addresses.AddressRefusedError):
        propose(ada, OLD)
    assert told("address_refused") == [
        {"subject": ada.public_id, "outcome": "refused", "to": "a•••@example.com", "why": "known"}
    ]
    for _ in range(contact_addresses.MOST_PROPOSALS_A_DAY):
        propose(ada, NEW)
    with pytest.raises(contact_addresses.AddressRefusedError):
        propose(ada, NEW)
    assert told("excess_rate_limit_exceeded")[0]["why"] == "too_often"
    # Nothing of a refusal but the event is kept.
    assert len(told("address_added")) == contact_addresses.MOST_PROPOSALS_A_DAY


def test_limit_of_requests_for_help_is_noted(leia: Organisation, monkeypatch) -> None:
    monkeypatch.setattr(helpdesk, "FROM_A_NETWORK", Limit(1, timedelta(hours=1)))
    helpdesk.request_help(HelpRequest(organisation=leia, asker="pupil"), ORIGIN)
    with pytest.raises(HeldError):
        helpdesk.request_help(HelpRequest(organisation=leia, asker="pupil"), ORIGIN)
    assert len(told("excess_rate_limit_exceeded")) == 1


def test_granting_ticket_that_is_none_is_noted(leia: Organisation) -> None:
    granting.proxy_ticket(leia, "PGT-none", "https://a.example.org/", ORIGIN)
    (refused,) = told("application_refused")
    assert (refused["outcome"], refused["code"]) == ("refused", "INVALID_REQUEST")


def test_flood_of_tickets_that_never_were_is_counted_and_not_written(leia: Organisation) -> None:
    """Anybody may ask about them, as often as they like."""
    question = validating.Question(service="https://a.example.org/", ticket="ST-none")
    for _ in range(100):
        validating.validate(leia, question, ORIGIN)
    assert len(told("application_refused")) == refusals.MOST_A_MINUTE


def test_application_that_nobody_registered_is_noted_once(leia: Organisation) -> None:
    new_browser().get(f"/{leia.slug}/cas/login?service=https://evil.example/")
    (refused,) = told("authz_fail")
    assert refused["page"].endswith("login")
    assert "evil" not in str(refused)


def test_commands_are_noted(leia: Organisation) -> None:
    """LOG-01: who has the shell is `command line`."""
    call_command("organisation", "add", "bastia", "Bastia", "--place", "Bastia")
    call_command("application", "add", "leia", "moodle", "https://moodle.example.org/")
    service = Service.objects.get()
    call_command("application", "share", "Commune", "leia", "--move", service.public_id)
    assert told("authz_admin")[0]["action"] == "add"
    assert "place" in told("authz_admin")[0]["settings"]
    (shared,) = told("application_changed")
    assert (shared["register"], shared["moved"]) == ("Commune", [service.public_id])
    assert set(Event.objects.values_list("actor", flat=True)) == {"command line"}
