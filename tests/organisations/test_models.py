"""What an organisation may be."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import make_organisation
from trousseau.organisations.models import RESERVED_SLUGS, Organisation, School, SchoolClass


def faults(**details: Any) -> list[str]:
    organisation = Organisation(**{"slug": "leia", "name": "LEIA", **details})
    try:
        organisation.full_clean()
    except ValidationError as error:
        return sorted(error.message_dict)
    return []


def first_segments() -> set[str]:
    """Name the platform's own addresses, as far as they could be taken for a slug."""
    patterns: list[URLPattern | URLResolver] = get_resolver().url_patterns
    segments = {str(pattern.pattern).partition("/")[0] for pattern in patterns}
    return {segment for segment in segments if segment.isalnum()}


def test_slug_of_the_platforms_own_addresses_is_reserved() -> None:
    assert first_segments() - RESERVED_SLUGS == set()


@pytest.mark.django_db
@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_slug_reserved_is_refused_by_the_database_itself(slug: str) -> None:
    assert faults(slug=slug) == ["__all__"]
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organisation(slug)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "slug", ["", "Leia", "le ia", "leia-", "-leia", "le--ia", "léia", "l/a", "x" * 61]
)
def test_slug_that_no_address_can_bear_is_refused(slug: str) -> None:
    assert faults(slug=slug) == ["slug"]


@pytest.mark.django_db
def test_slug_taken_is_refused() -> None:
    make_organisation()
    assert faults() == ["slug"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("uai", ["", "0930118U", "7200123a"], ["930118U", "09301180", "0930118UU"]),
        ("colour", ["", "#b3001b", "#FFFFFF"], ["red", "#fff", "b3001b", "#b3001b;}", "#b3001g"]),
        ("help_email", ["", "ent.cervione@gmail.com"], ["ent.cervione", "a@b@c.example"]),
        ("cas_url", ["", "https://cas.example/cas"], ["javascript:alert(1)", "cas.example"]),
    ],
)
def test_details_are_checked(field: str, good: list[str], bad: list[str]) -> None:
    """VAL-01."""
    assert [faults(**{field: value}) for value in good] == [[]] * len(good)
    assert [faults(**{field: value}) for value in bad] == [[field]] * len(bad)


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "accepted"), [(0, False), (1, True), (24, True), (25, False)])
def test_link_hours_from_one_to_twenty_four(hours: int, *, accepted: bool) -> None:
    """REC-06: never longer than a day, in the database neither."""
    if accepted:
        assert faults(link_hours=hours) == []
        assert make_organisation(link_hours=hours).link_hours == hours
        return
    assert "link_hours" in faults(link_hours=hours)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organisation(link_hours=hours)


@pytest.mark.django_db
def test_host_leads_to_one_organisation_only() -> None:
    make_organisation().hosts.create(name="ent.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organisation("bastia", "Bastia").hosts.create(name="ent.example")


@pytest.mark.django_db
def test_school_and_class_names_are_unique_where_they_stand() -> None:
    leia, bastia = make_organisation(), make_organisation("bastia", "Bastia")
    school = School.objects.create(organisation=leia, name="Collège")
    School.objects.create(organisation=bastia, name="Collège")
    SchoolClass.objects.create(school=school, name="6e A")
    with pytest.raises(IntegrityError), transaction.atomic():
        School.objects.create(organisation=leia, name="Collège")
    with pytest.raises(IntegrityError), transaction.atomic():
        SchoolClass.objects.create(school=school, name="6e A")


@pytest.mark.parametrize(
    ("name", "monogram"), [("LEIA", "L"), ("école", "É"), ("« 3 Rivières »", "3"), ("---", "?")]
)
def test_monogram_is_the_first_letter_or_digit(name: str, monogram: str) -> None:
    assert Organisation(name=name).monogram == monogram
