"""Applications are told of sign-outs, and nobody waits for them."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, repeat
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import Settings

from tests.cas_server.applications import Application, running_application
from tests.cas_server.conftest import APP, MakeService, sign_in
from tests.cas_server.protocol_client import ask_ticket, code_of, user_of, validate
from tests.conftest import StoppedClock
from tests.signin.cas import lying_server
from trousseau import clock
from trousseau.accounts.models import Account
from trousseau.cas_server.models import LogoutNotice, Service, SignOn, Ticket
from trousseau.cas_server.services import purging, single_logout
from trousseau.work import leases

State = LogoutNotice.State


@pytest.fixture
def application(settings: Settings) -> Iterator[Application]:
    settings.DEMO = True
    with running_application() as application:
        yield application


@pytest.fixture
def library(application: Application, make_service: MakeService) -> Service:
    return make_service(address=application.url)


def enter(browser: Client, service: Service) -> str:
    """Open the application the whole way; return the ticket that did it."""
    ticket = ask_ticket(browser, service.address)
    assert user_of(validate(service.address, ticket)) == "ange"
    return ticket


def session_indexes(application: Application) -> list[str | None]:
    return [
        ET.fromstring(form["logoutRequest"][0]).findtext(
            "{urn:oasis:names:tc:SAML:2.0:protocol}SessionIndex"
        )
        for form in application.posted
    ]


@pytest.mark.parametrize("way", ["sign-out/", "cas/logout"])
def test_each_ticket_of_the_session_is_told(
    ange_browser: Client, application: Application, library: Service, way: str
) -> None:
    tickets = [enter(ange_browser, library) for _ in range(2)]
    ange_browser.post(f"/leia/{way}")
    assert single_logout.deliver() == 2
    assert sorted(map(str, session_indexes(application))) == sorted(tickets)
    assert {notice.state for notice in LogoutNotice.objects.all()} == {State.TOLD}
    assert single_logout.deliver() == 0


def test_ticket_that_opened_nothing_is_not_told(
    ange_browser: Client, application: Application, library: Service
) -> None:
    ask_ticket(ange_browser, library.address)
    wrong = ask_ticket(ange_browser, library.address)
    assert code_of(validate(library.address + "x", wrong)) == "INVALID_SERVICE"
    ange_browser.post("/leia/sign-out/")
    assert not LogoutNotice.objects.exists()


def test_other_sessions_of_the_person_stay(
    ange: Account, ange_browser: Client, application: Application, library: Service
) -> None:
    enter(ange_browser, library)
    second = sign_in(ange)
    ticket = enter(second, library)
    second.post("/leia/sign-out/")
    single_logout.deliver()
    assert session_indexes(application) == [ticket]


def test_application_may_be_told_elsewhere_or_not_at_all(
    ange_browser: Client, application: Application, library: Service, make_service: MakeService
) -> None:
    make_service(logout_address=application.url + "logout")
    silent = make_service(address="https://silent.example/", single_logout=False)
    ticket = ask_ticket(ange_browser, APP)
    validate(APP, ticket)
    enter(ange_browser, silent)
    ange_browser.post("/leia/sign-out/")
    notice = LogoutNotice.objects.get()
    assert (notice.url, notice.application) == (application.url + "logout", "Library")
    single_logout.deliver()
    assert session_indexes(application) == [ticket]


def test_slo_to_a_dead_host_does_not_slow_logout(
    ange_browser: Client, make_service: MakeService, settings: Settings, travel: StoppedClock
) -> None:
    """Signing out opens no connection at all; the worker tries a few times, then gives up."""
    settings.DEMO = True
    settings.CAS_TIMEOUT = 1
    with socket.create_server(("127.0.0.1", 0)) as dead:
        # It takes connections, and never says a word.
        service = make_service(address=f"http://127.0.0.1:{dead.getsockname()[1]}/")
        enter(ange_browser, service)
        enter(ange_browser, service)
        assert ange_browser.post("/leia/sign-out/").status_code == 303
        dead.settimeout(0)
        with pytest.raises(BlockingIOError):
            dead.accept()
        dead.settimeout(None)

        assert single_logout.deliver() == 2
        answers = set(LogoutNotice.objects.values_list("answer", flat=True))
        # Whichever of two limits of one second ends the waiting.
        assert answers - {"no answer within 1 s", "TimeoutError: timed out"} == {
            "its server did not answer a moment ago"
        }
        assert len(answers) == 2
    for _ in range(3):
        travel(minutes=6)
        single_logout.deliver()
    assert {notice.state for notice in LogoutNotice.objects.all()} == {State.GIVEN_UP}
    assert single_logout.deliver() == 0


def test_slo_to_a_host_that_drips_ends_in_time(
    ange_browser: Client, make_service: MakeService, settings: Settings
) -> None:
    """An endless answer, a byte at a time, must not hold up everybody else's notices."""
    settings.DEMO = True
    settings.CAS_TIMEOUT = 1
    with lying_server.running() as dripping:
        dripping.says = chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X: y\r\n"))
        dripping.drip = 0.3
        enter(ange_browser, make_service(address=dripping.url))
        ange_browser.post("/leia/sign-out/")
        single_logout.deliver()
    notice = LogoutNotice.objects.get()
    assert (notice.state, notice.answer) == (State.DUE, "no whole answer within 1 s")


@pytest.mark.parametrize(
    ("status", "state"), [(200, State.TOLD), (302, State.TOLD), (500, State.DUE), (404, State.DUE)]
)
def test_answer_of_the_application_decides(
    ange_browser: Client,
    application: Application,
    library: Service,
    status: int,
    state: LogoutNotice.State,
) -> None:
    enter(ange_browser, library)
    ange_browser.post("/leia/sign-out/")
    application.status = status
    single_logout.deliver()
    notice = LogoutNotice.objects.get()
    assert (notice.state, notice.answer) == (state, str(status))


def test_redirect_of_the_application_is_not_followed(
    ange_browser: Client, application: Application, library: Service
) -> None:
    """VAL-05: an application cannot send us elsewhere."""
    with running_application() as elsewhere:
        application.status, application.location = 307, elsewhere.url
        enter(ange_browser, library)
        ange_browser.post("/leia/sign-out/")
        single_logout.deliver()
        assert (len(application.posted), elsewhere.posted, elsewhere.fetched) == (1, [], [])


def test_unencrypted_application_is_told_in_the_demonstration_only(
    ange_browser: Client, application: Application, library: Service, settings: Settings
) -> None:
    enter(ange_browser, library)
    ange_browser.post("/leia/sign-out/")
    settings.DEMO = False
    single_logout.deliver()
    assert (application.posted, LogoutNotice.objects.get().answer) == ([], "not encrypted")


def test_spent_tickets_and_old_notices_are_forgotten(
    ange_browser: Client, library: Service, travel: StoppedClock
) -> None:
    enter(ange_browser, library)
    ask_ticket(ange_browser, library.address)
    assert purging.purge() == 0
    travel(hours=2)
    assert purging.purge() == 1, "the one that nobody came with"
    ange_browser.post("/leia/sign-out/")
    travel(days=8)
    while purging.purge():
        pass
    assert (SignOn.objects.count(), LogoutNotice.objects.count()) == (0, 0)


def test_purge_that_is_behind_takes_tickets_first_a_batch_at_a_time(
    ange_browser: Client,
    library: Service,
    travel: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for _ in range(3):
        ask_ticket(ange_browser, library.address)
    ange_browser.post("/leia/sign-out/")
    travel(days=8)
    assert purging.purge() == 2
    assert (Ticket.objects.count(), SignOn.objects.count()) == (1, 1)
    assert purging.purge() == 2
    assert (Ticket.objects.count(), SignOn.objects.count()) == (0, 0)
    assert purging.purge() == 0


def test_ended_sign_on_is_due_after_the_last_of_its_tickets(
    ange_browser: Client, library: Service
) -> None:
    """So that the purge does not look at millions of them in vain."""
    ask_ticket(ange_browser, library.address)
    ange_browser.post("/leia/sign-out/")
    assert SignOn.objects.get().purge_at == Ticket.objects.get().purge_at


def test_application_opened_before_signing_in_again_is_told_a_day_later(
    ange: Account, ange_browser: Client, service: Service, travel: StoppedClock
) -> None:
    """SES-05: one session goes on through any number of sign-ins, and so does what it opened."""
    ticket = ask_ticket(ange_browser, APP)
    assert user_of(validate(APP, ticket)) == "ange"
    for _ in range(3):
        for _ in range(5):
            travel(hours=1, minutes=50)
            ange_browser.get("/leia/")
        sign_in(ange, ange_browser)
    purging.purge()
    ange_browser.post("/leia/sign-out/")
    assert [notice.application for notice in LogoutNotice.objects.all()] == [service.name]


def sign_out_of(browser: Client, *services: Service) -> None:
    for service in services:
        enter(browser, service)
    browser.post("/leia/sign-out/")


def test_flood_of_one_application_holds_up_no_other(
    ange: Account, application: Application, library: Service, make_service: MakeService
) -> None:
    """VAL-04: each server has its turn, however many sign-outs one of them is to be told of."""
    with running_application() as other:
        sign_out_of(sign_in(ange), *([library] * (single_logout.TURN + 5)))
        sign_out_of(sign_in(ange), make_service(address=other.url))
        assert single_logout.deliver() == single_logout.TURN + 1
        assert (len(application.posted), len(other.posted)) == (single_logout.TURN, 1)
        assert single_logout.deliver() == 5


def test_application_that_takes_its_time_is_told_of_one_sign_out_a_turn(
    ange: Account,
    application: Application,
    library: Service,
    make_service: MakeService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However little is too long here: the first answer has used the turn up."""
    monkeypatch.setattr(single_logout, "TURN_SECONDS", 0.0)
    with running_application() as other:
        sign_out_of(sign_in(ange), library, library, library, make_service(address=other.url))
        assert single_logout.deliver() == 2
        assert (len(application.posted), len(other.posted)) == (1, 1)


def test_notices_for_a_silent_server_are_put_off_together(
    ange: Account, make_service: MakeService, settings: Settings
) -> None:
    settings.DEMO = True
    with lying_server.running() as silent:
        service = make_service(address=silent.url)
        sign_out_of(sign_in(ange), *([service] * (single_logout.TURN + 5)))
        assert single_logout.deliver() == single_logout.TURN + 5
        assert len(silent.requests) == 1
    assert single_logout.deliver() == 0


def test_notices_put_off_by_a_clock_that_ran_ahead_are_recalled(
    ange_browser: Client, application: Application, library: Service
) -> None:
    sign_out_of(ange_browser, library)
    LogoutNotice.objects.update(next_attempt_at=clock.now() + timedelta(days=400))
    assert [single_logout.deliver(), single_logout.deliver()] == [0, 1]


def test_application_in_a_private_network_is_told_where_the_operator_says_so(
    ange_browser: Client, application: Application, library: Service, settings: Settings
) -> None:
    """VAL-05: registering an application is no way to reach the machines beside ours."""
    networks, settings.PRIVATE_NETWORKS = settings.PRIVATE_NETWORKS, []
    sign_out_of(ange_browser, library)
    single_logout.deliver()
    assert application.posted == []
    notice = LogoutNotice.objects.get()
    assert (notice.state, "TROUSSEAU_PRIVATE_NETWORKS" in notice.answer) == (State.DUE, True)
    settings.PRIVATE_NETWORKS = networks
    LogoutNotice.objects.update(next_attempt_at=clock.now())
    single_logout.deliver()
    assert len(application.posted) == 1


def test_wait_for_an_application_ends_within_its_lease() -> None:
    """Nobody else posts what is being posted: CAS_TIMEOUT has a limit, at half of a lease."""
    longest = int(leases.LEASE.total_seconds()) // 2
    environment = os.environ | {"TROUSSEAU_CAS_TIMEOUT": str(longest + 1)}
    start = [sys.executable, "-m", "trousseau", "check"]
    refused = subprocess.run(start, env=environment, capture_output=True, text=True, check=False)
    assert "TROUSSEAU_CAS_TIMEOUT is '31': it must be a whole number from 1 to 30." in (
        refused.stderr
    )
