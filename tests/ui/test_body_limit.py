"""What may be sent at all: how much, and in which letters."""

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import HOST, make_account, new_browser, signed_in
from tests.markup import heading, main_text
from trousseau.organisations.models import Organisation
from trousseau.ui.body_limit import is_understood
from trousseau.wsgi import application

DETAILS = "/leia/settings/details/"
ENTRIES = ["/", "/?q=x", "/memberships.json?q=x", "/recover/", "/recover/?m=x", "/language/",
           "/health/live", "/leia/", "/leia/sign-in/", "/leia/recover/", "/leia/pwd/",
           "/leia/help/", "/leia/settings/details/", "/atlantis/"]  # fmt: skip
FORM = "application/x-www-form-urlencoded"
HOSTILE = [
    f"{FORM}; charset=punycode",
    f"{FORM}; charset=PUNYCODE",
    f'{FORM}; charset="punycode"',
    f"{FORM};charset=utf-8;charset=idna",
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=utf-7",
    f"{FORM}; charset=latin-1",
    f"{FORM}; charset=base64",
    f"{FORM}; charset=unknown",
    f"{FORM}; charset=",
    f"{FORM}; charset*=punycode''utf-8",
    f"{FORM}; charset*0=puny; charset*1=code",
    "multipart/form-data; boundary=x; charset=punycode",
    "multipart/form-data; boundary*=punycode''x",
    "multipart/form-data; boundary=" + "x" * 5_000,
    "multipart/form-data; charset",
    "form",
    "; charset=utf-8",
    "a/b, c/d",
    '"',
]
UNDERSTOOD = [
    "",
    FORM,
    f"{FORM}; charset=UTF-8",
    f"{FORM};charset=utf8",
    f'{FORM} ; Charset="us-ascii";',
    "multipart/form-data; boundary=----WebKitFormBoundaryAb0cD",
    "multipart/form-data; boundary=------------------------d74496d66958873e",
    'multipart/form-data; boundary="a (b): c?"; charset=utf-8',
    "text/plain",
    "application/json",
]


def ask(method: str, path: str, content_type: str) -> tuple[int, str]:
    """Ask as a server does: some letters stop before what Django's own client talks to."""
    body = b"q=x&username=x-" * 100
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"HTTP_HOST": HOST, "HTTP_ACCEPT_LANGUAGE": "en", "CONTENT_TYPE": content_type}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    setup_testing_defaults(environ)
    said: list[str] = []
    answer = application(environ, lambda status, _headers: said.append(status))
    return int(said[0].split()[0]), b"".join(answer).decode()


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ENTRIES)
def test_strange_letters_are_refused_everywhere_before_anything_is_read(
    visitor: Client, path: str, method: str
) -> None:
    """VAL-09: a charset whose decoding costs the square of the length is never used."""
    for charset in ("punycode", "idna", "utf-16", "base64", "x" * 50):
        status, page = ask(method, path, f"{FORM}; charset={charset}")
        assert (status, "This request cannot be understood" in page) == (400, True)
    status, _ = ask(method, path, f"multipart/form-data; boundary*=nothing''x; charset={charset}")
    assert status == 400


def test_strange_letters_at_a_strange_host_are_refused(db: None) -> None:
    """VAL-09: the page that refuses the host reads no query in them either."""
    browser = new_browser(host="evil.example")
    answer = browser.generic("GET", "/", content_type=f"{FORM}; charset=punycode")
    assert answer.status_code == 400
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("content_type", HOSTILE)
def test_content_type_that_no_browser_sends_is_refused(content_type: str) -> None:
    """VAL-09."""
    assert not is_understood(content_type)


@pytest.mark.parametrize("content_type", UNDERSTOOD)
def test_content_type_of_browsers_is_understood(content_type: str) -> None:
    assert is_understood(content_type)


@given(st.text(max_size=400))
def test_content_type_any_text_is_judged(text: str) -> None:
    assert is_understood(text) in {True, False}


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", '"utf-8"'])
def test_form_is_read_as_utf_8_whatever_permitted_name_it_bears(
    leia: Organisation, charset: str
) -> None:
    """VAL-09."""
    make_account(leia, "élodie")
    fields = "username=%C3%A9lodie&password=moulin-girafe-tuba-58"
    answer = new_browser().generic(
        "POST", "/leia/sign-in/", fields.encode(), f"{FORM}; charset={charset}"
    )
    assert answer.status_code == 303


@pytest.mark.usefixtures("leia")
@pytest.mark.parametrize("name", ["punycode", "unknown", "base64", "utf-16"])
def test_part_of_an_upload_in_strange_letters_is_no_fault_of_ours(
    visitor: Client, name: str
) -> None:
    """VAL-09: each part has a charset of its own to name."""
    parts = (
        "--x\r\n"
        f"Content-Disposition: form-data; name*={name}''text-; filename*={name}''a-b\r\n"
        f"Content-Type: text/plain; charset={name}\r\n\r\n"
        "anything\r\n--x--\r\n"
    )
    answer = visitor.generic(
        "POST", "/leia/help/", parts.encode(), "multipart/form-data; boundary=x"
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [path for path in ENTRIES if path != DETAILS])
def test_more_than_a_form_holds_is_refused_with_a_session_too(
    leia: Organisation, path: str
) -> None:
    """VAL-09: memory is only for a page that takes a photo."""
    browser = signed_in(make_account(leia, "ada"))
    answer = browser.post(path, {"text": "x" * 70_000})
    # What does not exist says so.
    assert answer.status_code == (404 if path == "/atlantis/" else 413)


def test_details_take_a_long_text_of_who_is_signed_in(leia: Organisation) -> None:
    """VAL-09: a field too long is told beside the field, up to three megabytes."""
    browser = signed_in(make_account(leia, "ada"))
    answer = browser.post(DETAILS, {"description": "x" * 3_000_000})
    assert heading(answer) == heading(browser.get(DETAILS))
    assert "at most 1000 characters" in main_text(answer)


def test_details_refuse_more_than_sixteen_megabytes(leia: Organisation) -> None:
    """VAL-09."""
    browser = signed_in(make_account(leia, "ada"))
    answer = browser.post(DETAILS, {}, CONTENT_LENGTH=str(settings.BODY_LIMIT_WITH_FILES + 1))
    assert answer.status_code == 413


@pytest.mark.usefixtures("leia")
def test_details_take_no_photo_of_who_brings_no_session(visitor: Client) -> None:
    """VAL-09."""
    assert visitor.post(DETAILS, {"description": "x" * 70_000}).status_code == 413
