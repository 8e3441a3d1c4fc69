"""Pages about addresses: what a person, a thief and a mail scanner can do there."""

import pytest
from django.test import Client

from tests.conftest import Postman
from tests.factories import (
    ORIGIN,
    PASSWORD,
    is_signed_in,
    links_in,
    make_account,
    make_organisation,
    new_browser,
    sign_in,
    signed_in,
)
from tests.markup import alerts, attributes, heading, main_text, page_of
from trousseau.accounts.models import Account
from trousseau.accounts.services import contact_addresses, registration
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import Right

OLD, NEW = "ada@example.com", "ada@new.example"
DETAILS = "/leia/settings/details/"
ADD, REMOVE = "/leia/settings/addresses/add/", "/leia/settings/addresses/remove/"


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email=OLD, language="en")


@pytest.fixture
def asked(ada: Account, postman: Postman) -> str:
    """Propose a new main address, and return the path of the link mailed to it."""
    contact_addresses.propose(ada, NEW, ORIGIN, replace_main=True)
    ((link,),) = (links_in(mail) for mail in postman.collect())
    return link


@pytest.fixture
def noticed(ada: Account, asked: str, postman: Postman) -> str:
    """Have it confirmed, and return the path of the link by which the former one may object."""
    found = contact_addresses.find_confirmation(ada.organisation, asked.split("/")[-2])
    assert found
    assert contact_addresses.confirm(*found, ORIGIN)
    ((link,),) = (links_in(mail) for mail in postman.collect())
    return link


def counting(account: Account) -> list[str]:
    return [str(one) for one in contact_addresses.of_account(account) if one.confirmed_at]


def open_link(browser: Client, link: str) -> str:
    """Follow a mailed link and return where its form is."""
    answer = browser.get(link)
    assert answer.status_code == 303
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    where = str(answer.headers["Location"])
    assert link.split("/")[-2] not in where
    return where


def scan(link: str) -> None:
    """Do what mail scanners do: follow the link, and press every button without typing."""
    for _ in range(2):
        scanner = new_browser()
        page = scanner.get(link, follow=True)
        scanner.head(link)
        where = page.redirect_chain[-1][0]
        fields = {
            name: value
            for form_field in page_of(page).query("main input[name], main button[name]")
            for name, value in [
                ((form_field.attrs or {})["name"], (form_field.attrs or {}).get("value") or "")
            ]
        }
        assert scanner.post(where, fields).status_code == 200
        assert scanner.post(where).status_code == 200


@pytest.mark.parametrize("path", [ADD, REMOVE])
def test_address_visitor_signs_in_first(leia: Organisation, path: str) -> None:
    answer = new_browser().post(path, {"another_email": NEW, "password": PASSWORD})
    assert answer.headers["Location"] == f"/{leia.slug}/sign-in/"


def test_add_needs_the_password(ada: Account, postman: Postman) -> None:
    """PRO-01."""
    browser = signed_in(ada)
    wrong = browser.post(ADD, {"another_email": NEW, "password": "wrong"})
    assert alerts(wrong) == ["Enter your current password to change your address."]
    assert attributes(wrong, "[name=another_email]", "value") == [NEW]
    assert postman.collect() == []
    right = browser.post(ADD, {"another_email": NEW, "password": PASSWORD})
    assert right.headers["Location"] == DETAILS
    assert [mail["To"] for mail in postman.collect()] == [NEW]
    assert counting(ada) == [OLD]


def test_confirmation_mail_speaks_the_language_of_the_form(
    leia: Organisation, postman: Postman
) -> None:
    """Not the organisation's, which is French here: this person has just read the form."""
    browser = signed_in(make_account(leia, "ada", email=OLD))
    browser.cookies["language"] = "en"
    browser.post(ADD, {"another_email": NEW, "password": PASSWORD})
    assert [mail["Content-Language"] for mail in postman.collect()] == ["en"]


def test_change_of_the_main_address_needs_the_password(ada: Account, postman: Postman) -> None:
    """PRO-01, PRO-02."""
    browser = signed_in(ada)
    for password in ("", "wrong"):
        answer = browser.post(DETAILS, {"email": NEW, "current_password": password})
        assert alerts(answer) == ["Enter your current password to change your address."]
    assert postman.collect() == []
    browser.post(DETAILS, {"email": NEW, "current_password": PASSWORD})
    assert [mail["To"] for mail in postman.collect()] == [NEW]
    assert f"{NEW} is waiting for your confirmation" in main_text(browser.get("/leia/"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (OLD, "This address is already one of yours."),
        (
            "ada",
            "This does not look like an e-mail address. Check it, for example: name@example.com.",
        ),
    ],
)
def test_add_what_cannot_be_added_says_why(ada: Account, address: str, said: str) -> None:
    answer = signed_in(ada).post(ADD, {"another_email": address, "password": PASSWORD})
    assert alerts(answer) == [said]


def test_remove_needs_the_password(ada: Account) -> None:
    """PRO-01."""
    registration.add_address(ada, NEW)
    browser = signed_in(ada)
    main = contact_addresses.main_address(ada)
    assert main
    question = browser.post(REMOVE, {"address": main.pk})
    assert heading(question) == "Remove an address"
    refused = browser.post(REMOVE, {"address": main.pk, "password": "wrong"})
    assert alerts(refused) == ["This is not your current password."]
    assert counting(ada) == [OLD, NEW]
    done = browser.post(REMOVE, {"address": main.pk, "password": PASSWORD})
    assert done.headers["Location"] == DETAILS
    assert counting(ada) == [NEW]


@pytest.mark.parametrize("chosen", ["", "0", "-1", "x", "\x00", "9" * 40, "٣", "1.0"])
def test_remove_address_that_is_none_changes_nothing(ada: Account, chosen: str) -> None:
    """VAL-01."""
    browser = signed_in(ada)
    answer = browser.post(REMOVE, {"address": chosen, "password": PASSWORD})
    assert answer.status_code == 303
    assert counting(ada) == [OLD]


def test_remove_address_of_somebody_else_changes_nothing(ada: Account) -> None:
    """TEN-01."""
    for organisation in (ada.organisation, make_organisation("bastia", "Bastia")):
        leo = make_account(organisation, "leo", email="leo@example.com")
        (theirs,) = contact_addresses.of_account(leo)
        signed_in(ada).post(REMOVE, {"address": theirs.pk, "password": PASSWORD})
        assert counting(leo) == ["leo@example.com"]


KEPT_BY_THE_SCHOOL = [Right.SEEN, Right.HIDDEN]


def settle(account: Account, right: Right) -> None:
    """Have the organisation settle what the person may do with their addresses."""
    account.organisation.details_policy = {"guardian": {"email": right}}
    account.organisation.save()


@pytest.mark.parametrize("right", KEPT_BY_THE_SCHOOL)
@pytest.mark.parametrize("password", [{}, {"password": PASSWORD}])
def test_address_kept_by_the_school_is_not_the_persons_to_change(
    ada: Account, postman: Postman, right: Right, password: dict[str, str]
) -> None:
    """A8.2.1: the policy holds for every request, not only for the form on the page."""
    registration.add_address(ada, "ada@work.example")
    contact_addresses.propose(ada, NEW, ORIGIN, replace_main=False)
    postman.collect()
    settle(ada, right)
    browser = signed_in(ada)
    added = browser.post(ADD, {"another_email": "ada@third.example", **password})
    assert added.status_code == 404
    rows = contact_addresses.of_account(ada)
    for address in rows:
        assert browser.post(REMOVE, {"address": address.pk, **password}).status_code == 404
    browser.post(DETAILS, {"email": "ada@third.example", "current_password": PASSWORD})
    assert contact_addresses.of_account(ada) == rows
    assert postman.collect() == []


def test_address_the_person_may_change_is_theirs(ada: Account, postman: Postman) -> None:
    """A8.2.1."""
    settle(ada, Right.CHANGED)
    browser = signed_in(ada)
    browser.post(ADD, {"another_email": "ada@work.example", "password": PASSWORD})
    browser.post(DETAILS, {"email": NEW, "current_password": PASSWORD})
    links = [link for mail in postman.collect() for link in links_in(mail)]
    for link in links:
        assert heading(browser.post(open_link(browser, link))) == "Address confirmed"
    assert sorted(counting(ada)) == [NEW, "ada@work.example"]
    main = contact_addresses.main_address(ada)
    assert main
    browser.post(REMOVE, {"address": main.pk, "password": PASSWORD})
    assert counting(ada) == ["ada@work.example"]


@pytest.mark.parametrize("right", KEPT_BY_THE_SCHOOL)
def test_confirm_after_the_school_took_the_addresses_over_is_too_late(
    ada: Account, asked: str, right: Right
) -> None:
    """A8.2.1: neither the link nor a form that was open already."""
    browser = signed_in(ada)
    where = open_link(browser, asked)
    settle(ada, right)
    for answer in (browser.get(asked), browser.get(where), browser.post(where)):
        assert (answer.status_code, heading(answer)) == (410, "This link does not work any more")
    assert counting(ada) == [OLD]


@pytest.mark.parametrize("right", Right)
def test_object_is_possible_whoever_keeps_the_addresses(
    ada: Account, noticed: str, right: Right
) -> None:
    """PRO-03."""
    settle(ada, right)
    browser = new_browser()
    answer = browser.post(open_link(browser, noticed), {"username": "ada"})
    assert heading(answer) == "The change is undone"
    assert counting(ada) == [OLD]


def test_remove_address_out_of_use_is_not_said_to_be_done(ada: Account, noticed: str) -> None:
    former = ada.addresses.get(address=OLD)
    assert noticed
    browser = signed_in(ada)
    browser.post(REMOVE, {"address": former.pk, "password": PASSWORD})
    assert "The address is removed." not in main_text(browser.get(DETAILS))


def test_confirm_owner_signed_in_presses_once(ada: Account, asked: str) -> None:
    browser = signed_in(ada)
    where = open_link(browser, asked)
    page = browser.get(where)
    assert attributes(page, "main input", "name") == []
    assert counting(ada) == [OLD]
    assert heading(browser.post(where)) == "Address confirmed"
    assert counting(ada) == [NEW]


def test_confirm_elsewhere_asks_for_the_password(ada: Account, asked: str) -> None:
    """PRO-02: whoever reads the mailbox is not yet the owner of the account."""
    browser = new_browser()
    where = open_link(browser, asked)
    for password in ("", "wrong"):
        assert browser.post(where, {"password": password}).status_code == 200
        assert counting(ada) == [OLD]
    assert heading(browser.post(where, {"password": PASSWORD})) == "Address confirmed"
    assert counting(ada) == [NEW]
    again = browser.post(where, {"password": PASSWORD})
    assert (again.status_code, heading(again)) == (410, "This link does not work any more")


def test_confirm_somebody_else_signed_in_is_not_the_owner(ada: Account, asked: str) -> None:
    """TEN-01."""
    browser = signed_in(make_account(ada.organisation, "leo"))
    where = open_link(browser, asked)
    assert browser.post(where).status_code == 200
    assert counting(ada) == [OLD]


def test_confirm_scanner_changes_nothing(ada: Account, asked: str) -> None:
    """REC-12: neither by following the link nor by pressing its buttons."""
    scan(asked)
    assert counting(ada) == [OLD]
    browser = new_browser()
    assert browser.post(open_link(browser, asked), {"password": PASSWORD}).status_code == 200
    assert counting(ada) == [NEW]


def test_object_asks_for_the_username(ada: Account, noticed: str) -> None:
    """PRO-03."""
    thief, browser = signed_in(ada), new_browser()
    where = open_link(browser, noticed)
    assert attributes(browser.get(where), "[name=username]", "value") == [""]
    wrong = browser.post(where, {"username": "leo"})
    assert alerts(wrong) == ["This is not the username of this account."]
    assert counting(ada) == [NEW]
    assert heading(browser.post(where, {"username": " ADA "})) == "The change is undone"
    assert counting(ada) == [OLD]
    assert not is_signed_in(thief, ada.organisation)
    assert browser.post(where, {"username": "ada"}).status_code == 410


def test_object_says_what_it_does_to_the_password(ada: Account, noticed: str) -> None:
    """PRO-03, PWD-09."""
    browser = new_browser()
    where = open_link(browser, noticed)
    assert "blocks the password: you choose a new one by mail." in main_text(browser.get(where))
    done = browser.post(where, {"username": "ada"})
    assert "The password no longer works." in main_text(done)
    assert attributes(done, "main a.button", "href") == ["/leia/recover/"]
    assert sign_in(browser, ada).status_code == 200
    assert not is_signed_in(browser, ada.organisation)


def test_object_says_nothing_of_a_password_that_is_kept_elsewhere(
    ada: Account, noticed: str
) -> None:
    """ERR-01: there, a message to choose a new one would not come."""
    Account.objects.update(local_sign_in=False)
    browser = new_browser()
    where = open_link(browser, noticed)
    assert "password: you choose" not in main_text(browser.get(where))
    done = browser.post(where, {"username": "ada"})
    assert "The password no longer works." not in main_text(done)
    assert attributes(done, "main a.button", "href") == ["/leia/sign-in/"]
    assert counting(ada) == [OLD]


def test_object_by_an_address_that_is_gone_claims_no_success(ada: Account, noticed: str) -> None:
    """PRO-03."""
    browser = new_browser()
    where = open_link(browser, noticed)
    ada.addresses.filter(address=OLD).delete()
    answer = browser.post(where, {"username": "ada"})
    assert (answer.status_code, heading(answer)) == (410, "This link does not work any more")
    assert browser.get(noticed).status_code == 410


def test_object_scanner_changes_nothing(ada: Account, noticed: str) -> None:
    """REC-12."""
    thief = signed_in(ada)
    scan(noticed)
    assert counting(ada) == [NEW]
    assert is_signed_in(thief, ada.organisation)


@pytest.mark.parametrize("kind", ["asked", "noticed"])
def test_link_of_one_organisation_is_unknown_in_another(
    ada: Account, kind: str, request: pytest.FixtureRequest
) -> None:
    """TOK-02."""
    make_organisation("bastia", "Bastia")
    link: str = request.getfixturevalue(kind)
    answer = new_browser().get(link.replace("/leia/", "/bastia/"))
    assert answer.status_code == 410
    assert not answer.cookies
    assert str(ada) not in answer.content.decode()


def test_link_of_one_kind_is_unknown_as_another(ada: Account, asked: str) -> None:
    """TOK-02."""
    secret = asked.split("/")[-2]
    for path, status in (
        (f"/leia/settings/addresses/object/{secret}/", 410),
        (f"/leia/pwd/{secret}/", 404),
    ):
        assert new_browser().get(path).status_code == status
    assert counting(ada) == [OLD]


@pytest.mark.parametrize(
    "path", ["confirm/", "object/", "confirm/?link=0123456789abcdef", "object/?link=x"]
)
def test_form_without_its_cookie_is_a_dead_link(leia: Organisation, path: str) -> None:
    answer = new_browser().get(f"/{leia.slug}/settings/addresses/{path}")
    assert (answer.status_code, heading(answer)) == (410, "This link does not work any more")
