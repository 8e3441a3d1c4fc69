"""Organisations remembered in memory, and what a change does to them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_organisation
from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation


def test_by_slug_asked_again_costs_no_query(
    leia: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert (lookup.by_slug("leia"), lookup.by_slug("atlantis")) == (leia, None)
    with django_assert_num_queries(0):
        assert (lookup.by_slug("leia"), lookup.by_slug("atlantis")) == (leia, None)


def test_by_host_asked_again_costs_no_query(
    leia: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    leia.hosts.create(name="ent.example")
    assert (lookup.by_host("ent.example"), lookup.by_host("evil.example")) == (leia, None)
    with django_assert_num_queries(0):
        assert (lookup.by_host("ent.example"), lookup.by_host("evil.example")) == (leia, None)


@pytest.mark.django_db
def test_change_shows_at_once() -> None:
    assert lookup.by_slug("leia") is None
    leia = make_organisation()
    assert lookup.by_slug("leia") == leia
    host = leia.hosts.create(name="ent.example")
    assert lookup.by_host("ent.example") == leia
    host.delete()
    assert lookup.by_host("ent.example") is None
    leia.active = False
    leia.save()
    assert lookup.by_slug("leia") is None


@pytest.mark.parametrize("name", ["\x00", "leia\x00", "LEIA", "x" * 10_000])
def test_by_slug_hostile_name_is_unknown(leia: Organisation, name: str) -> None:
    assert lookup.by_slug(name) is None
    assert lookup.by_host(name) is None
    assert lookup.by_slug("leia") == leia
