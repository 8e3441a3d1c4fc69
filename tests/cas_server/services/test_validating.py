"""A ticket is good once, for one application, at one address, in one organisation, for a minute."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.cas_server.conftest import APP, MakeService, sign_in
from tests.cas_server.protocol_client import (
    ask_ticket,
    attributes_of,
    code_of,
    user_of,
    validate,
    way_back,
)
from tests.conftest import StoppedClock
from tests.databases import shared_database
from tests.factories import ANOTHER_PASSWORD, ORIGIN, make_account, new_browser
from trousseau.accounts.models import Account, Session
from trousseau.accounts.services import passwords, sessions
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.cas_server.models import Registry, Service, Ticket
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

__all__ = ["shared_database"]
PATHS = ["validate", "serviceValidate", "proxyValidate", "p3/serviceValidate", "p3/proxyValidate"]


def judge(service: str, ticket: str, **options: str) -> str | None:
    """Return the code of the refusal, or nothing for a success."""
    return code_of(validate(service, ticket, **options))


@pytest.mark.parametrize("path", PATHS[1:])
def test_fresh_ticket_names_the_person(ange_browser: Client, service: Service, path: str) -> None:
    assert user_of(validate(APP, ask_ticket(ange_browser, APP), path=path)) == "ange"


def test_cas1_answers_in_two_lines(ange_browser: Client, service: Service) -> None:
    query = {"service": APP, "ticket": ask_ticket(ange_browser, APP)}
    first, second = (new_browser().get("/leia/cas/validate", query).content for _ in range(2))
    assert (first, second) == (b"yes\nange\n", b"no\n")


@pytest.mark.parametrize("path", PATHS[1:])
def test_replayed_ticket_is_refused(ange_browser: Client, service: Service, path: str) -> None:
    """Spec 3.1.1: one attempt, and the second one stands in the trail."""
    ticket = ask_ticket(ange_browser, APP)
    assert judge(APP, ticket, path=path) is None
    assert judge(APP, ticket, path=path) == "INVALID_TICKET"
    assert Event.objects.filter(tag=Tag.TICKET_REUSED).count() == 1


def test_expired_ticket_is_refused(
    ange_browser: Client, service: Service, travel: StoppedClock
) -> None:
    ticket = ask_ticket(ange_browser, APP)
    travel(seconds=60)
    assert judge(APP, ticket) == "INVALID_TICKET"


def test_wrong_service_ticket_is_refused_and_used_up(
    ange_browser: Client, service: Service
) -> None:
    """INVALID_SERVICE: the ticket must be invalidated."""
    ticket = ask_ticket(ange_browser, APP)
    assert judge(APP + "elsewhere", ticket) == "INVALID_SERVICE"
    assert judge(APP, ticket) == "INVALID_TICKET"


def test_service_with_its_query_in_another_order_is_another_service(
    ange_browser: Client, service: Service
) -> None:
    ticket = ask_ticket(ange_browser, f"{APP}?a=1&b=2")
    assert judge(f"{APP}?b=2&a=1", ticket) == "INVALID_SERVICE"


@pytest.mark.parametrize("name", ["service", "ticket"])
def test_parameter_passed_twice_is_refused(
    ange_browser: Client, service: Service, name: str
) -> None:
    values = {"service": APP, "ticket": ask_ticket(ange_browser, APP)}
    query = [*values.items(), (name, values[name])]
    response = new_browser().get("/leia/cas/serviceValidate", query_params=dict_of_lists(query))
    assert b"INVALID_REQUEST" in response.content


def dict_of_lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    ("ticket", "code"),
    [
        ("", "INVALID_REQUEST"),
        ("nonsense", "INVALID_TICKET_SPEC"),
        ("PGT-abcdefghijklmnop", "INVALID_TICKET_SPEC"),
        ("ST-abcdefghijklmnop", "INVALID_TICKET"),
        ("PT-abcdefghijklmnop", "INVALID_TICKET"),
    ],
)
def test_wrong_type_ticket_is_refused(service: Service, ticket: str, code: str) -> None:
    assert judge(APP, ticket) == code


def test_validation_of_unknown_service_is_refused(ange_browser: Client, service: Service) -> None:
    ticket = ask_ticket(ange_browser, APP)
    assert judge("https://unknown.example/", ticket) == "INVALID_SERVICE"
    assert judge("", ask_ticket(ange_browser, APP)) == "INVALID_REQUEST"


def test_tenant_a_ticket_on_tenant_b_is_unknown(
    ange_browser: Client, service: Service, next_door: Organisation
) -> None:
    """TOK-02, TEN-01: the same application, registered in both; the ticket stays good at home."""
    Service.objects.create(registry=own_registry(next_door), name="Library", address=APP)
    ticket = ask_ticket(ange_browser, APP)
    assert judge(APP, ticket, slug="next-door") == "INVALID_TICKET"
    assert judge(APP, ticket) is None


def test_shared_registry_serves_each_organisation_its_own_people(
    ange_browser: Client, service: Service, registry: Registry, next_door: Organisation
) -> None:
    registry.organisations.add(next_door)
    neighbour = sign_in(make_account(next_door, "ange", directory_id="other"))
    ticket = ask_ticket(neighbour, APP, slug="next-door")
    assert user_of(validate(APP, ticket, slug="next-door")) == "ange"
    assert judge(APP, ask_ticket(ange_browser, APP), slug="next-door") == "INVALID_TICKET"


@pytest.mark.parametrize(("fresh", "code"), [(True, None), (False, "INVALID_TICKET")])
def test_renew_at_validation_wants_a_ticket_from_the_password(
    ange: Account, service: Service, *, fresh: bool, code: str | None
) -> None:
    browser = new_browser()
    if not fresh:
        sign_in(ange, browser)
    page = browser.get("/leia/cas/login", {"service": APP})
    if fresh:
        sign_in(ange, browser)
        page = browser.get(way_back(page))
    ticket = page.headers["Location"].partition("ticket=")[2]
    assert judge(APP, ticket, renew="true") == code


def sign_out(browser: Client, _account: Account) -> None:
    browser.post("/leia/sign-out/")


def sign_out_through_cas(browser: Client, _account: Account) -> None:
    browser.get("/leia/cas/logout")


def suspend(_browser: Client, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(state=Account.State.SUSPENDED)


def change_password(_browser: Client, account: Account) -> None:
    passwords.store(account, passwords.prepare(account, ANOTHER_PASSWORD), ORIGIN)


def end_sessions(_browser: Client, account: Account) -> None:
    sessions.end_all(account, ORIGIN)


def outlast(_browser: Client, _account: Account) -> None:
    Session.objects.update(expires_at="2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "end",
    [sign_out, sign_out_through_cas, suspend, change_password, end_sessions, outlast],
)
def test_ticket_dies_with_the_session(
    ange: Account,
    ange_browser: Client,
    service: Service,
    end: Callable[[Client, Account], None],
) -> None:
    """SES-13, REC-16: sign-out, suspension, a new password and the end of time end tickets."""
    ticket = ask_ticket(ange_browser, APP)
    end(ange_browser, ange)
    assert judge(APP, ticket) == "INVALID_TICKET"


def test_application_closed_to_the_person_meanwhile_refuses(
    ange_browser: Client, service: Service
) -> None:
    ticket = ask_ticket(ange_browser, APP)
    Service.objects.update(roles=[Account.Role.PUPIL])
    assert judge(APP, ticket) == "INVALID_TICKET"


def test_attributes_come_with_cas3_and_where_the_application_wants_them_in_cas2(
    ange_browser: Client, make_service: MakeService
) -> None:
    service = make_service(attributes={"mail": "email"})
    told = {"mail": ["ange@school.example"]}

    def attributes(path: str) -> dict[str, list[str]]:
        return attributes_of(validate(APP, ask_ticket(ange_browser, APP), path=path))

    assert (attributes("serviceValidate"), attributes("p3/serviceValidate")) == ({}, told)
    service.attributes_in_cas2 = True
    service.save()
    assert attributes("serviceValidate") == told


@pytest.mark.parametrize("form", ["JSON", "json"])
def test_format_json_answers_in_json(ange_browser: Client, service: Service, form: str) -> None:
    query = {"service": APP, "ticket": ask_ticket(ange_browser, APP), "format": form}
    answer = new_browser().get("/leia/cas/serviceValidate", query)
    assert answer.json() == {"serviceResponse": {"authenticationSuccess": {"user": "ange"}}}


def test_other_format_is_refused_and_leaves_the_ticket_alone(
    ange_browser: Client, service: Service
) -> None:
    ticket = ask_ticket(ange_browser, APP)
    assert judge(APP, ticket, format="YAML") == "INVALID_REQUEST"
    assert judge(APP, ticket) is None


def test_unexpected_fault_is_an_internal_error(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("trousseau.cas_server.services.validating.validate", broken)
    assert judge(APP, "ST-abcdefghijklmnop") == "INTERNAL_ERROR"
    assert "ST-abcdefghijklmnop" not in caplog.text


def test_ticket_at_rest_is_a_digest(ange_browser: Client, service: Service) -> None:
    ticket = ask_ticket(ange_browser, APP)
    validate(APP, ticket)
    with connection.cursor() as cursor:
        for table in ("cas_server_ticket", "cas_server_signon", "audit_event"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
            assert ticket.removeprefix("ST-") not in str(cursor.fetchall())


def test_everything_stands_in_the_trail(ange: Account, service: Service) -> None:
    browser = sign_in(ange)
    validate(APP, ask_ticket(browser, APP))
    validate(APP, "ST-abcdefghijklmnop")
    events = Event.objects.exclude(tag__in=[Tag.ACCOUNT_ADDED, Tag.SIGN_IN])
    assert [(event.tag, event.subject, event.facts) for event in events.order_by("pk")] == [
        (Tag.APPLICATION_OPENED, ange.public_id, {"application": "Library"}),
        (Tag.APPLICATION_ENTERED, ange.public_id, {"application": "Library"}),
        (Tag.APPLICATION_REFUSED, "", {"code": "INVALID_TICKET"}),
    ]


@pytest.mark.parametrize("rounds", [6])
def test_parallel_double_validation_gives_one_success(shared_database: str, rounds: int) -> None:
    """Of four applications' threads that present one ticket at once, one is told who it is."""
    leia = Organisation.objects.create(slug="leia", name="LEIA")
    ange = make_account(leia, "ange", password="")
    Service.objects.create(registry=own_registry(leia), name="Library", address=APP)
    browser = sign_in(ange)
    at_once = Barrier(4)

    def ask(ticket: str) -> str | None:
        at_once.wait()
        try:
            return user_of(validate(APP, ticket))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        for _ in range(rounds):
            ticket = ask_ticket(browser, APP)
            answers = [*threads.map(ask, [ticket] * 4)]
            assert sorted(answers, key=str) == [None, None, None, "ange"]
    assert Ticket.objects.filter(opened=True).count() == rounds


def test_validation_addresses_answer_get_alone(service: Service) -> None:
    statuses = {new_browser().post(f"/leia/cas/{path}").status_code for path in PATHS}
    assert statuses == {405}
    assert settings.SESSION_COOKIE_NAME not in new_browser().get("/leia/cas/validate").cookies
