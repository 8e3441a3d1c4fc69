"""Languages, help, and leaving."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Visits
from tests.journeys.demo import Demo, wait_until
from tests.journeys.families import Family

pytestmark = pytest.mark.browser


def test_language_is_switched_and_stays(anybody: Page) -> None:
    page = anybody
    page.goto("/leia/sign-in/?next=/leia/settings/")
    people.open_menu(page, "Français")
    page.get_by_role("button", name="English").click()
    people.heading_is(page, "Sign in with itslearning")
    expect(page).to_have_url(re.compile(r"/leia/sign-in/\?next=/leia/settings/$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.goto("/leia/recover/")
    people.heading_is(page, "Have you forgotten the password?")
    people.open_menu(page, "English")
    page.get_by_role("button", name="Français").click()
    people.heading_is(page, "Avez-vous oublié le mot de passe ?")


def test_mail_speaks_the_language_of_the_form(visit: Visits, demo: Demo, family: Family) -> None:
    page = visit()
    page.goto("/leia/recover/")
    people.open_menu(page, "Français")
    page.get_by_role("button", name="English").click()
    page.get_by_label("Enter your e-mail address").fill(family.email)
    page.get_by_role("button", name="Send request").click()
    people.heading_is(page, "Request sent")
    mail = demo.next_mail_to(family.email)
    assert mail.subject == "LEIA: choose a new password"
    assert mail.headers["Content-Language"] == "en"


def test_help_request_reaches_the_contact(anybody: Page, demo: Demo) -> None:
    """REC-25."""
    page = anybody
    page.goto("/leia/sign-in/")
    page.get_by_role("contentinfo").get_by_role("link", name="Aide").click()
    people.heading_is(page, "Aide")
    expect(page.get_by_role("link", name="ent.cervione@gmail.com")).to_be_visible()
    page.get_by_label("Prénom").fill("Paul")
    page.get_by_label("Nom", exact=True).fill("Santoni")
    page.get_by_label("Élève").check()
    page.get_by_label("Comment vous joindre ?").fill("06 12 34 56 78")
    page.get_by_label("Que se passe-t-il ?").fill("Je n'ai pas d'adresse e-mail.")
    page.get_by_role("button", name="Envoyer le message").click()

    people.heading_is(page, "Message envoyé")
    reference = page.locator(".reference b").inner_text()
    contact = "ent.cervione@gmail.com"
    (mail,) = wait_until(
        lambda: [mail for mail in demo.mails_to(contact) if reference in mail.subject],
        f"the help request {reference}",
    )
    assert "Paul Santoni" in mail.text
    assert "06 12 34 56 78" in mail.text
    assert "Je n'ai pas d'adresse e-mail." in mail.text


def test_signed_out_the_back_button_shows_nothing(anybody: Page, family: Family) -> None:
    """SES-05, SES-12: the next child at the same computer reads nothing of the last one."""
    page = anybody
    people.sign_in(page, family.guardian, family.password)
    people.heading_is(page, "Bonjour Anna")
    page.goto("/leia/settings/")
    people.heading_is(page, "Vos paramètres")
    people.open_menu(page, "Anna Colonna")
    page.get_by_role("button", name="Se déconnecter").click()
    people.heading_is(page, "Se connecter avec itslearning")

    page.go_back()
    people.heading_is(page, "Se connecter avec itslearning")
    expect(page.locator("body")).not_to_contain_text("Colonna")


def test_cancel_leads_back(anybody: Page) -> None:
    anybody.goto("/leia/recover/")
    anybody.get_by_role("link", name="Annuler").click()
    people.heading_is(anybody, "Se connecter avec itslearning")
    anybody.goto("/recover/")
    anybody.get_by_role("link", name="Annuler").click()
    people.heading_is(anybody, "Où allez-vous ?")


def test_keyboard_alone_signs_in_and_recovers(visit: Visits, demo: Demo, family: Family) -> None:
    """ACC-15: nothing but keys, from the first page to the new password."""
    page = visit()
    keys = page.keyboard
    page.goto("/leia/sign-in/")
    keys.type(family.guardian)
    keys.press("Tab")
    keys.type("pas-le-bon")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    tab_to(page, "Mot de passe oublié ?")
    keys.press("Enter")
    people.heading_is(page, "Avez-vous oublié le mot de passe ?")
    tab_to(page, "Entrez votre adresse e-mail")
    keys.type(family.email)
    keys.press("Enter")
    people.reference_of_sent(page)

    link = people.links_by_username(demo.next_mail_to(family.email))[family.guardian]
    page.goto(link)
    tab_to(page, "Entrer le nouveau mot de passe")
    keys.type(people.NEW_PASSWORD)
    tab_to(page, "Entrer à nouveau le nouveau mot de passe")
    keys.type(people.NEW_PASSWORD)
    keys.press("Enter")
    people.heading_is(page, "Mot de passe modifié")
    tab_to(page, "Se connecter")
    keys.press("Enter")
    people.heading_is(page, "Se connecter avec itslearning")
    keys.type(family.guardian)
    keys.press("Tab")
    keys.type(people.NEW_PASSWORD)
    keys.press("Enter")
    people.heading_is(page, "Bonjour Anna")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    names: list[str] = []
    while name not in names:
        assert len(names) < 30, names
        focused = page.evaluate(
            """() => {
              const e = document.activeElement;
              return (e.labels?.[0] ?? e).textContent.replace(/\\s+/g, " ").trim();
            }"""
        )
        names.append(focused)
        if focused != name:
            page.keyboard.press("Tab")
