"""Probes answer whatever name they are called by, and whatever is broken behind them."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_live_answers_an_unknown_host_without_asking_the_database(client: Client) -> None:
    """Without the mark for the database, pytest-django refuses every query."""
    response = client.get("/health/live", headers={"host": "10.0.0.7"})

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_answers_an_unknown_host(client: Client) -> None:
    response = client.get("/health/ready", headers={"host": "10.0.0.7"})

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_says_503_when_the_database_is_away(client: Client) -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("away")):
        response = client.get("/health/ready", headers={"host": "10.0.0.7"})

    assert (response.status_code, response.content) == (503, b"not ready\n")
