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


@pytest.mark.parametrize("number", [1, 50])
def test_whole_within_its_bounds_is_read(number: int) -> None:
    assert reading(NUMBER=str(number)).whole("NUMBER", 7, least=1, most=50) == number


@pytest.mark.parametrize("number", [0, 51])
def test_whole_outside_its_bounds_is_refused(number: int) -> None:
    expected = rf"^TROUSSEAU_NUMBER is '{number}': it must be a whole number from 1 to 50\.$"
    with pytest.raises(ConfigurationError, match=expected):
        reading(NUMBER=str(number)).whole("NUMBER", 7, least=1, most=50)


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MAIL_ADRESS", "no-reply@example.org", "Unknown setting TROUSSEAU_MAIL_ADRESS: "),
        ("TRUSTED_PROXIES", "proxy", "TROUSSEAU_TRUSTED_PROXIES is 'proxy': it must be addresses"),
        ("BASE_URL", "https:/ent.example.org", "TROUSSEAU_BASE_URL cannot be read: "),
        ("BASE_URL", "https://ent.example.org/trousseau", "TROUSSEAU_BASE_URL cannot be read: "),
        ("MAIL_URL", "smtps://ada:se#cret@example.org", "TROUSSEAU_MAIL_URL cannot be read: "),
        ("MEDIA_URL", "/srv/photos", "TROUSSEAU_MEDIA_URL cannot be read: "),
        ("CACHE_URL", "localhost:6379", "TROUSSEAU_CACHE_URL cannot be read: "),
        ("DATABASE_URL", "mysql://a:secret@b/c", "TROUSSEAU_DATABASE_URL cannot be read: "),
        ("DATABASE_URL", "postgres://a:secret@b:c/d", "TROUSSEAU_DATABASE_URL cannot be read: "),
        ("DATABASE_URL", "postgres://b", "TROUSSEAU_DATABASE_URL cannot be read: "),
    ],
)
def test_command_wrong_setting_stops_the_start_with_one_line(
    name: str, value: str, said: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "trousseau", "serve"],
        env=os.environ | {f"TROUSSEAU_{name}": value},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"trousseau: {said}")
    assert ran.stderr.endswith(".\n")
    assert (ran.stderr.count("\n"), "cret@" in ran.stderr) == (1, False)


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


FORMS = {
    "smtp": "user? host port?",
    "file": "path",
    "s3": "host path?",
    "redis": "host port? path? query?",
}


def url_of(value: str) -> str:
    return reading(URL=value).url("URL", "smtp://localhost", "smtp://host:port", FORMS)


@pytest.mark.parametrize(
    "value",
    [
        "smtp://mail.example.org",
        "smtp://mail.example.org:587",
        "smtp://ada%40example.org:p%23w@mail.example.org:587",
        "smtp://[2001:db8::1]:25",
        "smtp://10.1.2.3/",
        "file:///srv/photos",
        "s3://bucket",
        "s3://bucket/a/b",
        "redis://cache:6379/0?timeout=1",
    ],
)
def test_url_of_a_known_form_is_given_back(value: str) -> None:
    assert url_of(value) == value


@pytest.mark.parametrize("value", ["", None])
def test_url_absent_or_empty_is_the_default(value: str | None) -> None:
    env = reading() if value is None else reading(URL=value)
    assert env.url("URL", "smtp://localhost", "", FORMS) == "smtp://localhost"


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        "mail.example.org:25",
        "smtp:mail.example.org",
        "smtp:/mail.example.org",
        "SMTP://mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://secret@:25",
        "smtp://mail.example.org:port",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:70000",
        "smtp://ada:se#cret@mail.example.org",
        "smtp://ada:se/cret@mail.example.org",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?tls=yes",
        "smtp://mail example.org",
        " smtp://mail.example.org",
        "smtp://mail.example.org\n",
        "smtp://[::1",
        "smtp://a,b",
        "file://srv/photos",
        "file:///",
        "s3:///prefix",
        "redis://cache#0",
    ],
)
def test_url_of_no_known_form_is_refused_and_not_repeated(value: str) -> None:
    """LOG-02: it may hold a password."""
    with pytest.raises(ConfigurationError) as refusal:
        url_of(value)
    assert str(refusal.value) == "TROUSSEAU_URL cannot be read: it must be smtp://host:port."


@given(VALUES)
def test_url_any_text_is_a_url_or_a_clear_refusal(value: str) -> None:
    with suppress(ConfigurationError):
        assert url_of(value) in {value, "smtp://localhost"}
