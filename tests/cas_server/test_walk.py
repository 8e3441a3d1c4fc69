"""From the application through the sign-in page and back, with a ticket."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cas_server.conftest import APP
from tests.cas_server.protocol_client import (
    NAMESPACES,
    attributes_of,
    sign_in_facts_of,
    user_of,
    validate,
)
from tests.factories import PASSWORD, make_account, new_browser
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Service
from trousseau.organisations.models import Organisation


@pytest.fixture
def lou(leia: Organisation) -> Account:
    return make_account(leia, "lou", role=Account.Role.PUPIL)


def test_visitor_signs_in_and_reaches_the_application(lou: Account, service: Service) -> None:
    browser = new_browser()
    first = browser.get("/leia/cas/login", {"service": APP})
    assert first.status_code == 303
    sign_in = first.headers["Location"]
    assert urlsplit(sign_in).path == "/leia/sign-in/"

    done = browser.post(sign_in, {"username": "lou", "password": PASSWORD})
    assert done.status_code == 303
    last = browser.get(done.headers["Location"])
    assert last.status_code == 303
    assert last.headers["Location"].startswith(f"{APP}?ticket=ST-")
    assert last.headers["Referrer-Policy"] == "no-referrer"

    ticket = parse_qs(urlsplit(last.headers["Location"]).query)["ticket"][0]
    answer = validate(APP, ticket)
    assert user_of(answer) == "lou"
    assert attributes_of(answer) == {}
    assert sign_in_facts_of(answer) == {
        "longTermAuthenticationRequestTokenUsed": "false",
        "isFromNewLogin": "true",
    }
    assert answer.find("cas:attributes", NAMESPACES) is not None


def test_credentials_posted_to_login_are_handed_to_the_sign_in_page(
    lou: Account, service: Service
) -> None:
    """2.2: what a client posts to /login works, and only the sign-in page ever judges it."""
    response = new_browser().post(
        "/leia/cas/login",
        {"username": "lou", "password": PASSWORD, "lt": "LT-1", "service": APP},
        follow=True,
    )
    assert [status for _, status in response.redirect_chain[:2]] == [307, 303]
    assert response.redirect_chain[-1][0].startswith(f"{APP}?ticket=ST-")


def test_browser_leaves_the_form_behind_before_it_is_sent_away(
    lou: Account, service: Service
) -> None:
    """A form's page would otherwise forbid the way to the application, redirects and all."""
    browser = new_browser(accept="text/html")
    sign_in = browser.get("/leia/cas/login", {"service": APP}).headers["Location"]
    done = browser.post(sign_in, {"username": "lou", "password": PASSWORD})
    page = browser.get(done.headers["Location"])
    assert page.status_code == 200
    assert f'content="0;url={APP}?ticket=ST-' in page.content.decode()
