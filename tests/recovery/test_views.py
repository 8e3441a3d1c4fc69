"""The pages of recovery, whatever a browser brings."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.markup import heading
from trousseau import clock

SENT = "/leia/recover/sent/"
MADE_UP = [
    "K7PX-4QMA|2026-13-01T00:00:00+00:00|2026-01-32T25:61:61",
    "K7PX-4QMA|0001-01-01T00:00:00+14:00|9999-12-31T23:59:59-12:00",
    "K7PX-4QMA|2026-01-01T00:00:00|2026-01-01",
    "K7PX-4QMA|2026-01-01T00:00:00+99:99|x",
    "|||||",
]


def brings(visitor: Client, text: str) -> None:
    visitor.cookies["carried-request"] = urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("text", MADE_UP)
def test_sent_made_up_cookie_is_a_page_without_moments(visitor: Client, text: str) -> None:
    """VAL-08: a cookie is what anybody types."""
    brings(visitor, text)
    answer = visitor.get(SENT)
    assert answer.status_code == 200
    assert [answer.context[name] for name in ("before", "again_at")] == [None, None]


@pytest.mark.usefixtures("leia")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_sent_any_cookie_is_a_page(visitor: Client, text: str) -> None:
    """VAL-08."""
    brings(visitor, text)
    assert heading(visitor.get(SENT)) == heading(visitor.get("/recover/sent/"))


@pytest.mark.usefixtures("leia")
def test_sent_tells_the_moments_that_the_page_before_has_put(visitor: Client) -> None:
    before, again = clock.now(), clock.now() + timedelta(hours=24)
    brings(visitor, f"K7PX-4QMA|{before.isoformat()}|{again.isoformat()}")
    answer = visitor.get(SENT)
    assert (answer.context["before"], answer.context["again_at"]) == (before, again)
