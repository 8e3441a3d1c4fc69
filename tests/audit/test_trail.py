"""What an event holds, and what the log learns of it (LOG-01…LOG-06)."""

import json
import logging
import threading

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    ORIGIN,
    PASSWORD,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.test_logs import written
from trousseau import logs
from trousseau.accounts.models import Account
from trousseau.audit import records, refusals, stream, trail
from trousseau.audit.models import Event
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation

SECRET = "r4Xk9_pQ-2mZt7WnB1cVy8LsD0fGh3Ja"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    found = [record for record in caplog.records if record.name == "trousseau.audit"]
    return [vars(record)["event"] for record in found]


@pytest.mark.django_db
def test_one_event_is_one_insert() -> None:
    """The cost of a sign-in and of a recovery does not grow."""
    trail.record(Tag.SIGN_IN, ORIGIN)
    with CaptureQueriesContext(connection) as queries:
        trail.record(Tag.SIGN_IN, ORIGIN, organisation="leia", subject="a1", factor="password")
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=300))
def test_control_characters_are_encoded_in_the_database(text: str) -> None:
    """LOG-05: NUL too, which PostgreSQL would not even take."""
    origin = Origin(address="192.0.2.7", agent=text[:200])
    trail.record(Tag.SIGN_IN_REFUSED, origin, subject="x", why=text, names=[text])
    event = Event.objects.order_by("-pk")[0]
    assert all(
        one.isprintable() for one in (event.agent, event.facts["why"], *event.facts["names"])
    )
    assert len(event.agent) <= 200


@pytest.mark.django_db
def test_secret_of_a_link_never_enters() -> None:
    """LOG-02."""
    trail.record(Tag.FORBIDDEN, ORIGIN, page=f"/leia/pwd/{SECRET}/", paths=[f"/x/pwd/{SECRET}"])
    assert SECRET not in str(list(Event.objects.values()))


def test_rolled_back_deed_is_not_in_the_log(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Only what is committed."""
    caplog.set_level(logging.INFO)
    with transaction.atomic():
        trail.record(Tag.SIGN_IN, ORIGIN, subject="never")
        transaction.set_rollback(True)
    with transaction.atomic():
        trail.record(Tag.SIGN_IN, ORIGIN, subject="kept")
        assert lines(caplog) == []
    trail.record_all([trail.event(Tag.SIGN_OUT, ORIGIN, subject="kept")])
    assert [line["subject"] for line in lines(caplog)] == ["kept", "kept"]
    assert Event.objects.count() == 2


@pytest.mark.django_db
def test_line_of_the_log_is_what_the_database_has(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks
) -> None:
    caplog.set_level(logging.INFO)
    with django_capture_on_commit_callbacks(execute=True), logs.of_request("K7PX-4QMA"):
        trail.record(
            Tag.SIGN_IN_REFUSED,
            ORIGIN,
            organisation="leia",
            subject="a1",
            outcome=Outcome.REFUSED,
            factor="password",
        )
    (line,) = lines(caplog)
    assert line == records.of_event(Event.objects.get())
    assert line["request"] == "K7PX-4QMA"
    assert list(line) == list(records.FIELDS)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["text", "json"])
def test_event_in_the_log_is_one_line(form: str) -> None:
    """LOG-05."""
    event = trail.event(Tag.SIGN_IN, ORIGIN, organisation="leia", subject="a1\nb", factor="a\rb")
    told = records.of_event(event)
    line = stream._Line(told)  # noqa: SLF001 - the readable form
    record = logging.makeLogRecord({"msg": "%s", "args": (line,), "event": told})
    formatter = logs.JsonLines() if form == "json" else logs.TextLines("%(message)s")
    said = formatter.format(record)
    assert said.isprintable()
    if form == "json":
        assert json.loads(said)["event"]["facts"] == {"factor": "a\\rb"}
    else:
        assert said == (
            "authn_login_success success organisation=leia subject=a1\\nb address=192.0.2.7 "
            'factor="a\\\\rb"'
        )


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_line_bears_the_request_under_way(form: str) -> None:
    """LOG-01."""
    with logs.of_request("K7PX-4QMA"):
        assert "K7PX-4QMA" in written(form, "/")
        other = []
        thread = threading.Thread(target=lambda: other.append(logs.request_reference()))
        thread.start()
        thread.join()
        assert other == [""]
    assert "K7PX" not in written(form, "/")


@pytest.mark.django_db
def test_event_answer_and_page_bear_the_same_reference(leia: Organisation) -> None:
    """LOG-01: each request has its own."""
    ada = make_account(leia, "ada")
    answers = [sign_in(new_browser(), ada, password) for password in ("wrong", PASSWORD)]
    told = [answer.headers["X-Request-Id"] for answer in answers]
    at_the_door = Event.objects.filter(tag__in=(Tag.SIGN_IN_REFUSED, Tag.SIGN_IN)).order_by("pk")
    assert told == list(at_the_door.values_list("request", flat=True))
    assert len(set(told)) == 2
    absent = new_browser().get("/atlantis/")
    assert absent.headers["X-Request-Id"] in absent.content.decode()


@pytest.mark.django_db
def test_page_kept_for_everybody_bears_no_reference(leia: Organisation) -> None:
    answer = new_browser().get(f"/{leia.slug}/sign-in/")
    assert "public" in answer.headers["Cache-Control"]
    assert "X-Request-Id" not in answer.headers


@pytest.mark.django_db
def test_who_acted_and_as_what_is_kept_as_it_was(leia: Organisation) -> None:
    """LOG-01: values; the role of that moment."""
    ada = make_account(leia, "ada", role=Account.Role.TEACHER)
    browser = signed_in(ada)
    browser.post("/leia/settings/details/", {"city": "Corte"})
    Account.objects.update(role="administrator")
    event = Event.objects.get(tag="user_updated")
    assert (event.actor, event.role, event.subject) == (ada.public_id, "teacher", ada.public_id)


@pytest.mark.django_db
def test_refused_authorisation_is_noted(leia: Organisation, visitor: Client) -> None:
    """LOG-03: from another site, and without the right."""
    visitor.post("/leia/help/", headers={"sec-fetch-site": "cross-site"})
    pupil = make_account(leia, "ada", role=Account.Role.PUPIL)
    assert signed_in(pupil).get("/leia/applications/").status_code == 403
    stranger, known = Event.objects.filter(tag="authz_fail").order_by("pk")
    assert (stranger.actor, stranger.facts["page"]) == ("", "help")
    assert (known.actor, known.role, known.organisation) == (pupil.public_id, "pupil", "leia")
    assert known.facts == {"page": "applications:list", "method": "GET", "status": 403}
    assert {stranger.outcome, known.outcome} == {"refused"}


@pytest.mark.django_db
@pytest.mark.usefixtures("leia")
def test_attempt_to_get_past_a_form_is_noted(visitor: Client) -> None:
    """LOG-03, A16.3.3: damaged, too large, with too many fields."""
    visitor.post("/leia/help/", b"--x", content_type="multipart/form-data")
    visitor.post("/leia/help/", {"text": "x" * 70_000})
    visitor.post("/leia/help/", {f"field{number}": "" for number in range(200)})
    events = Event.objects.filter(tag="input_validation_fail").order_by("pk")
    assert [event.facts["status"] for event in events] == [400, 413, 413]


@pytest.mark.django_db
def test_unexpected_error_is_noted(visitor: Client, leia: Organisation, monkeypatch) -> None:
    """A16.3.4: with the reference that the page shows, and no detail of it."""

    def broken(*_: object) -> None:
        raise RuntimeError("the cause")

    monkeypatch.setattr("trousseau.helpdesk.services.request_help", broken)
    visitor.raise_request_exception = False
    fields = {"given_name": "A", "family_name": "B", "asker": "pupil", "reach": "x", "text": "y"}
    answer = visitor.post("/leia/help/", fields)
    assert answer.status_code == 500
    event = Event.objects.get(tag="sys_crash")
    assert event.request in answer.content.decode()
    assert (event.organisation, event.facts["page"]) == ("leia", "help")
    assert "the cause" not in str(event.facts)


@pytest.mark.django_db
def test_flood_of_refusals_is_counted_and_not_written(monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("trousseau.audit.refusals.time.monotonic", lambda: now[0])
    for _ in range(100):
        refusals.note(Tag.INPUT_REFUSED, ORIGIN)
    refusals.note(Tag.FORBIDDEN, ORIGIN)
    assert Event.objects.filter(tag="input_validation_fail").count() == 60
    now[0] += 61
    refusals.note(Tag.INPUT_REFUSED, ORIGIN)
    last = Event.objects.order_by("-pk")[0]
    assert last.facts == {"left_out": 40}


@pytest.mark.django_db
def test_refusal_is_answered_though_the_trail_is_broken(
    visitor: Client, leia: Organisation, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ERR-01."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event RENAME TO gone")
    answer = visitor.post("/leia/help/", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert [one for one in caplog.records if one.name == "trousseau.audit.refusals"]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_refusal_is_answered_though_the_database_has_gone(
    error: type[Exception], monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ERR-01."""

    def gone(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(trail, "record", gone)
    refusals.note(Tag.FORBIDDEN, ORIGIN)
    assert [one for one in caplog.records if one.name == "trousseau.audit.refusals"]


@pytest.mark.django_db
def test_account_and_organisation_from_the_command_line_are_noted() -> None:
    bastia = make_organisation("bastia", "Bastia")
    ada = make_account(bastia, "ada", role=Account.Role.ADMINISTRATOR)
    event = Event.objects.get(tag="user_created")
    assert (event.actor, event.subject) == ("command line", ada.public_id)
    assert event.facts == {"as_role": "administrator"}
