"""What an organisation may settle for its roles."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from trousseau.organisations import policies

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "lengths", [{}, {"adult": 8}, {"adult": 64, "pupil": 8, "helper": 20}, {"pupil": 10}]
)
def test_minimum_lengths_within_bounds_are_accepted(lengths: dict[str, int]) -> None:
    policies.check_minimum_lengths(lengths)


@pytest.mark.parametrize(
    "lengths",
    [[], None, "8", 8, {"adult": 7}, {"adult": 65}, {"adult": "12"}, {"adult": None}, {"cat": 12}],
    ids=repr,
)
def test_minimum_lengths_below_the_floor_or_for_nobody_are_refused(lengths: object) -> None:
    """PWD-01: no organisation goes below eight characters."""
    with pytest.raises(ValidationError):
        policies.check_minimum_lengths(lengths)


@given(kind=st.sampled_from(sorted(policies.DEFAULT_LENGTHS)), length=st.integers(-100, 100))
def test_minimum_length_is_never_below_the_default(kind: str, length: int) -> None:
    """PWD-01: whatever is stored."""
    minimum = policies.minimum_length({kind: length}, kind)
    assert minimum == max(length, policies.DEFAULT_LENGTHS[kind])


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"pupil": {}},
        {"pupil": {"email": "seen", "photo": "hidden"}, "staff": {"phone": "changed"}},
    ],
)
def test_details_policy_of_known_roles_and_rights_is_accepted(policy: object) -> None:
    policies.check_details_policy(policy)


@pytest.mark.parametrize(
    "policy",
    [
        [],
        None,
        {"cat": {}},
        {"pupil": []},
        {"pupil": {"password": "changed"}},
        {"pupil": {"email": "CHANGED"}},
        {"pupil": {"email": None}},
        {"pupil": {"email": ["seen"]}},
    ],
    ids=repr,
)
def test_details_policy_of_anything_else_is_refused(policy: object) -> None:
    """VAL-01."""
    with pytest.raises(ValidationError):
        policies.check_details_policy(policy)


@given(policy=JSON)
def test_details_policy_any_json_is_judged_and_never_fails(policy: object) -> None:
    try:
        policies.check_details_policy(policy)
        policies.check_minimum_lengths(policy)
    except ValidationError:
        return
    assert policy == {}


def test_right_everything_unless_the_organisation_says_less() -> None:
    policy = {"pupil": {"email": "seen", "photo": "hidden"}}
    assert [policies.right(policy, "pupil", detail) for detail in ("email", "photo", "phone")] == [
        policies.Right.SEEN,
        policies.Right.HIDDEN,
        policies.Right.CHANGED,
    ]
    assert policies.right(policy, "teacher", "email") == policies.Right.CHANGED


@pytest.mark.parametrize(
    "url",
    [
        "https://cas.example.org/cas",
        "https://cas.example.org",
        "https://cas.example.org:8443/a/b/",
        "http://127.0.0.1:8000/guichet/cas",
    ],
)
def test_root_of_a_cas_server_is_taken(url: str):
    policies.check_cas_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://cas.example.org/cas/login",
        "https://cas.example.org/cas/login/",
        "https://cas.example.org/cas?x=1",
        "https://cas.example.org/cas#x",
        "https://cas@evil.example/cas",
        "https://cas.example.org/a b",
        "ftp://cas.example.org/cas",
        "//cas.example.org/cas",
        "https://",
        "",
    ],
)
def test_what_is_no_root_of_a_cas_server_is_refused(url: str):
    with pytest.raises(ValidationError):
        policies.check_cas_url(url)


def test_cas_server_without_tls_is_refused_where_we_have_it(settings: Settings):
    settings.SECURE = True
    with pytest.raises(ValidationError, match="https"):
        policies.check_cas_url("http://cas.example.org/cas")


def test_cas_server_sets_plain_details_only():
    policies.check_cas_attributes({"given_name": "givenName", "city": "l"})
    for wrong in ({"email": "mail"}, {"username": "uid"}, {"city": ""}, {"city": 1}, ["city"]):
        with pytest.raises(ValidationError):
            policies.check_cas_attributes(wrong)


@pytest.mark.parametrize(
    "limits",
    [{}, {"pupil": [5, 5]}, {"adult": [1440, 1440], "helper": [60, 600], "operator": [15, 1440]}],
)
def test_session_limits_within_bounds_are_accepted(limits: object) -> None:
    policies.check_session_limits(limits)


@pytest.mark.parametrize(
    "limits",
    [
        None,
        {"pupil": [4, 60]},
        {"pupil": [60, 30]},
        {"adult": [60, 1441]},
        {"helper": [61, 600]},
        {"operator": [90, 600]},
        {"king": [60, 600]},
        {"pupil": 60},
        {"pupil": ["60", "600"]},
    ],
    ids=repr,
)
def test_session_limits_beyond_what_is_safe_are_refused(limits: object) -> None:
    """SES-04: NIST allows an idle hour and a day where a second factor is used."""
    with pytest.raises(ValidationError):
        policies.check_session_limits(limits)


@given(JSON)
def test_session_limits_any_json_is_judged_and_never_fails(limits: object) -> None:
    try:
        policies.check_session_limits(limits)
    except ValidationError:
        return
    assert isinstance(limits, dict)
