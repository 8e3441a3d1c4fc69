"""One mailbox, several accounts; and what else may happen to the links of a mail."""

import re
import sqlite3

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Device, Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family
from tests.journeys.people import NEW_PASSWORD

pytestmark = pytest.mark.browser

# Sends every form of a page as it is, the way some mail scanners do.
SUBMIT_WITHOUT_TYPING = """number => {
  const form = document.forms[number];
  form.noValidate = true;
  form.requestSubmit();
}"""


def test_three_links_open_at_once_in_three_tabs(visit: Visits, demo: Demo, family: Family) -> None:
    """REC-22: each tab stays the account's whose link it opened, whichever is used first."""
    first = visit()
    links = people.ask_for_links(first, demo, family)
    tabs: dict[str, Page] = {}
    for username, link in links.items():
        tabs[username] = first.context.new_page()
        tabs[username].goto(link)
    for number in (2, 0, 1):
        username = family.usernames[number]
        tab = tabs[username]
        expect(tab.get_by_label("Nom d'utilisateur")).to_have_value(username)
        people.choose_password(tab, f"{NEW_PASSWORD}-{number}")
        people.heading_is(tab, "Mot de passe modifié")
        expect(tab.locator("main code")).to_have_text(username)
    for number, username in enumerate(family.usernames):
        page = visit()
        people.sign_in(page, username, f"{NEW_PASSWORD}-{number}")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Bonjour "))


def test_address_with_nothing_gets_the_same_page_and_no_mail(
    device: Device, visit: Visits, demo: Demo, family: Family
) -> None:
    """REC-01: word for word, but for the reference."""
    pages = []
    strange = f"personne.{family.email}"
    for address in (strange, family.email):
        page = visit(**device)
        page.goto("/leia/recover/")
        reference = people.send_request(page, address)
        pages.append(page.content().replace(reference, "…"))
    assert pages[0] == pages[1]
    # Requests are answered in turn: the known address, asked for later, has its mail.
    demo.next_mail_to(family.email)
    assert demo.mails_to(strange) == []


def test_scanner_uses_no_link_up(visit: Visits, demo: Demo, family: Family) -> None:
    """REC-12: it opens all links, several times, runs scripts, sends every form untouched."""
    links = people.ask_for_links(visit(), demo, family)
    scanner = visit()
    for link in [*links.values()] * 2:
        assert scanner.request.head(link).ok
        assert scanner.request.get(link).ok
        scanner.goto(link)
        for number in range(scanner.evaluate("document.forms.length")):
            scanner.goto(link)
            with scanner.expect_navigation():
                scanner.evaluate(SUBMIT_WITHOUT_TYPING, number)
    person = visit()
    for username, link in links.items():
        person.goto(link)
        people.choose_password(person, NEW_PASSWORD)
        people.heading_is(person, "Mot de passe modifié")
        expect(person.locator("main code")).to_have_text(username)


def test_used_link_leads_to_another_one(anybody: Page, demo: Demo, family: Family) -> None:
    page = anybody
    link = people.ask_for_links(page, demo, family)[family.son]
    page.goto(link)
    people.choose_password(page, NEW_PASSWORD)
    people.heading_is(page, "Mot de passe modifié")

    page.goto(link)
    people.heading_is(page, "Ce lien a déjà servi")
    page.get_by_role("link", name="Demander un nouveau lien").click()
    people.heading_is(page, "Avez-vous oublié le mot de passe ?")


def test_expired_link_leads_to_another_one(visit: Visits, demo: Demo, family: Family) -> None:
    """REC-06."""
    page = visit()
    link = people.ask_for_links(page, demo, family)[family.guardian]
    page.goto(link)
    people.heading_is(page, "Modifier le mot de passe")
    label = page.url.rpartition("=")[2]
    with sqlite3.connect(demo.database) as connection:
        connection.execute(
            "UPDATE accounts_credential SET expires_at = '2026-01-01' WHERE public_id = ?", [label]
        )
    connection.close()

    people.choose_password(page, NEW_PASSWORD)
    people.heading_is(page, "Ce lien est trop ancien")
    page.get_by_role("link", name="Demander un nouveau lien").click()
    people.heading_is(page, "Avez-vous oublié le mot de passe ?")


def test_link_cut_in_two_is_explained(visit: Visits) -> None:
    page = visit()
    page.goto("/leia/pwd/moitie-de-lien/")
    people.heading_is(page, "Ce lien ne fonctionne pas")
    expect(page.get_by_role("link", name="Demander un nouveau lien")).to_be_visible()


def test_asking_twice_is_said_and_mailed_once(visit: Visits, demo: Demo, family: Family) -> None:
    """REC-03: the first link still works."""
    page = visit()
    links = people.ask_for_links(page, demo, family)
    page.goto("/leia/recover/")
    page.get_by_label("Entrez votre adresse e-mail").fill(family.email)
    page.get_by_role("button", name="Envoyer une demande").click()
    people.heading_is(page, "Demande déjà faite")

    page.goto(links[family.guardian])
    people.choose_password(page, NEW_PASSWORD)
    people.heading_is(page, "Mot de passe modifié")
    assert demo.next_mail_to(family.email).subject == "LEIA : le mot de passe a changé"
