"""What a line of the log holds, as the configured handlers write it."""

import io
import json
import logging
import logging.config
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trousseau.logs import on_one_line, without_secrets

SECRET = "r4Xk9_pQ-2mZt7WnB1cVy8LsD0fGh3Ja"
ADDRESSES = [
    f"/leia/pwd/{SECRET}/",
    f"/leia/settings/addresses/confirm/{SECRET}/",
    f"/leia/settings/addresses/object/{SECRET}/",
    f"/leia/PWD/{SECRET}",
    f"/leia/sign-in/?next=%2Fleia%2Fpwd%2F{SECRET}%2F",
    f'<a href="/leia/pwd/{SECRET}">',
]
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]))


def written(form: str, *arguments: object, error: Exception | None = None) -> str:
    """Return what the configured format makes of one record."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    configuration = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": configured.LOGGING["formatters"],
        "handlers": {"tested": {"()": lambda: handler, "formatter": form}},
    }
    logging.config.dictConfig(configuration)
    record = logging.LogRecord("trousseau", logging.INFO, "", 0, "asked for %s", arguments, None)
    if error:
        try:
            raise error
        except type(error):
            record.exc_info = sys.exc_info()
    handler.handle(record)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    yield
    logging.config.dictConfig(configured.LOGGING)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_secret_of_a_mailed_link_is_never_written(address: str, form: str) -> None:
    """LOG-02: nor in an exception that quotes the path, or is the cause of another."""
    error = ValueError(f"no page for {address}")
    error.__cause__ = KeyError(address)
    said = written(form, address, error=error)
    assert SECRET not in said
    assert said.count("...") >= 3


@pytest.mark.parametrize("form", ["text", "json"])
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=ANYTHING)
def test_one_record_is_one_line_whatever_was_asked_for(path: str, form: str) -> None:
    """LOG-05."""
    said = written(form, path)
    assert said.endswith("\n")
    assert said[:-1].isprintable()


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=ANYTHING)
def test_lines_of_an_exception_cannot_pass_for_others(words: str) -> None:
    """LOG-05: in the text format they are indented."""
    error = ValueError(f"{words}\n2026-01-01 00:00:00,000 INFO trousseau all well")
    _, *others = written("text", "/", error=error)[:-1].split("\n")
    assert {line[:2] for line in others} == {"  "}
    assert all(line.isprintable() for line in others)


def test_json_is_one_object_a_line() -> None:
    said = json.loads(written("json", "/\n\x1b[2J", error=ValueError("é")))
    assert (said["message"], said["level"]) == ("asked for /\n\x1b[2J", "INFO")
    assert said["exception"].endswith("  ValueError: é")


@given(ANYTHING)
def test_on_one_line_keeps_what_can_be_seen(text: str) -> None:
    """LOG-05."""
    assert on_one_line(text).isprintable()
    seen = "".join(sign for sign in text if sign.isprintable())
    assert on_one_line(seen) == seen


@pytest.mark.parametrize("text", ["/leia/", "/leia/pwd/", "/objects/1/", "a confirmed thing"])
def test_without_secrets_leaves_the_rest_as_it_is(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.usefixtures("leia")
def test_refusal_of_another_site_names_the_view_alone(
    visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """LOG-02, LOG-03."""
    visitor.post(f"/leia/pwd/{SECRET}/", headers={"sec-fetch-site": "cross-site"})
    (record,) = [one for one in caplog.records if one.name == "trousseau.ui.same_origin"]
    assert record.getMessage() == "cross-site POST refused: recovery:link"
