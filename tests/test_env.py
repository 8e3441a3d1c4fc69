import os
import string
import subprocess
import sys
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trousseau.env import FALSE_WORDS, TRUE_WORDS, ConfigurationError, Environment

NAMES = st.text(string.ascii_uppercase + "_", min_size=1, max_size=12).filter(
    lambda name: not name.endswith("_FILE")
)
# What an operating system can hand over: everything but NUL.
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def reading(**variables: str) -> Environment:
    return Environment({f"TROUSSEAU_{name}": value for name, value in variables.items()})


@given(VALUES)
def test_text_is_given_back_as_it_is(value: str) -> None:
    assert reading(NAME=value).text("NAME", "default") == value


def test_text_absent_is_the_default() -> None:
    assert reading().text("NAME", "default") == "default"


def test_text_of_a_file_comes_without_the_last_line_break(tmp_path: Path) -> None:
    """SEC-01: a secret may stay out of the environment."""
    file = tmp_path / "secret"
    file.write_text("clé secrète\n", encoding="utf-8")
    env = reading(KEY_FILE=str(file))
    assert env.text("KEY") == "clé secrète"
    env.refuse_unknown()


def test_text_of_a_file_that_is_absent_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "absent"
    with pytest.raises(ConfigurationError) as refusal:
        reading(KEY_FILE=str(file)).text("KEY", "default")
    reason = "No such file or directory"
    assert str(refusal.value) == f"TROUSSEAU_KEY_FILE: cannot read {file} ({reason})."


def test_text_of_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe secret")
    with pytest.raises(ConfigurationError) as refusal:
        reading(KEY_FILE=str(file)).text("KEY")
    assert str(refusal.value) == f"TROUSSEAU_KEY_FILE: cannot read {file} (it is not UTF-8 text)."


@given(st.lists(st.text(string.ascii_letters + ".-: ", min_size=1).map(str.strip).filter(bool)))
def test_words_come_back_whatever_the_blanks(words: list[str]) -> None:
    assert reading(LIST=" , ".join(words) + " ,").words("LIST") == words


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whole_below_the_least_is_refused(number: int, least: int) -> None:
    env = reading(NUMBER=str(number))
    if number >= least:
        assert env.whole("NUMBER", 7, least=least) == number
        return
    with pytest.raises(ConfigurationError) as refusal:
        env.whole("NUMBER", 7, least=least)
    expected = f"TROUSSEAU_NUMBER is '{number}': it must be a whole number from {least}."
    assert str(refusal.value) == expected


@given(VALUES)
def test_whole_any_text_is_a_number_or_a_clear_refusal(value: str) -> None:
    with suppress(ConfigurationError):
        assert reading(NUMBER=value).whole("NUMBER", 7) == int(value) >= 0


def test_whole_absent_is_the_default() -> None:
    assert reading().whole("NUMBER", 7) == 7


@pytest.mark.parametrize("default", [True, False])
def test_flag_absent_is_the_default(default: bool) -> None:  # noqa: FBT001
    assert reading().flag("FLAG", default=default) is default


@given(VALUES | st.sampled_from(sorted(TRUE_WORDS | FALSE_WORDS)), st.booleans())
def test_flag_is_a_known_word_in_any_case_or_refused(value: str, shouted: bool) -> None:  # noqa: FBT001
    text = f" {value.upper() if shouted else value}\n"
    word = text.strip().lower()
    env = reading(FLAG=text)
    if word in TRUE_WORDS | FALSE_WORDS:
        assert env.flag("FLAG", default=False) is (word in TRUE_WORDS)
        return
    with pytest.raises(ConfigurationError) as refusal:
        env.flag("FLAG", default=False)
    assert str(refusal.value) == f"TROUSSEAU_FLAG is {text!r}: it must be yes or no."


@given(VALUES)
def test_choice_is_one_of_the_words_or_refused(value: str) -> None:
    env = reading(FORMAT=value)
    if value in {"text", "json"}:
        assert env.choice("FORMAT", "text", ("text", "json")) == value
        return
    with pytest.raises(ConfigurationError) as refusal:
        env.choice("FORMAT", "text", ("text", "json"))
    assert str(refusal.value) == f"TROUSSEAU_FORMAT is {value!r}: it must be text or json."


@given(st.sets(NAMES), st.sets(NAMES), st.sets(NAMES))
def test_refuse_unknown_names_exactly_those_nobody_reads(
    read: set[str], given_: set[str], foreign: set[str]
) -> None:
    variables = {f"TROUSSEAU_{name}": "1" for name in given_}
    env = Environment(variables | {f"OTHER_{name}": "1" for name in foreign})
    for name in read:
        env.text(name)
    unknown = sorted(f"TROUSSEAU_{name}" for name in given_ - read)
    if not unknown:
        env.refuse_unknown()
        return
    with pytest.raises(ConfigurationError) as refusal:
        env.refuse_unknown()
    assert str(refusal.value).startswith(f"Unknown setting {', '.join(unknown)}: ")


def test_command_unknown_variable_stops_the_start_with_one_line() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "trousseau", "check"],
        env=os.environ | {"TROUSSEAU_MAIL_ADRESS": "no-reply@example.org"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert ran.stderr == (
        "trousseau: Unknown setting TROUSSEAU_MAIL_ADRESS: "
        "see docs/configuration.md for the list, or remove it.\n"
    )


@given(st.lists(st.ip_addresses()))
def test_networks_any_address_is_one(addresses: list[IPv4Address | IPv6Address]) -> None:
    env = reading(PROXIES=", ".join(map(str, addresses)))
    assert env.networks("PROXIES") == [ip_network(address) for address in addresses]


@pytest.mark.parametrize("value", ["proxy.example.org", "10.0.0.0/8, 300.1.1.1", "10.0.0.0/40"])
def test_networks_what_is_none_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        reading(PROXIES=value).networks("PROXIES")
    wanted = "addresses or networks, as 127.0.0.1, 10.0.0.0/8"
    assert str(refusal.value) == f"TROUSSEAU_PROXIES is {value!r}: it must be {wanted}."
