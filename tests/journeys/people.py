"""What people do again and again, by the French labels they see."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.demo import Demo, Mail
from tests.journeys.families import Family

# What nobody of the demonstration has for a password.
NEW_PASSWORD = "citerne-oiseau-velcro-93"


def heading_is(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/leia/sign-in/")
    page.get_by_label("Nom d'utilisateur").fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def open_menu(page: Page, name: str) -> None:
    page.locator("header summary", has_text=name).click()


def send_request(page: Page, address: str) -> str:
    """Fill the page that asks for the address; return the reference of the confirmation."""
    page.get_by_label("Entrez votre adresse e-mail").fill(address)
    page.get_by_role("button", name="Envoyer une demande").click()
    return reference_of_sent(page)


def reference_of_sent(page: Page) -> str:
    heading_is(page, "Demande envoyée")
    reference = page.locator(".reference b")
    expect(reference).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    return reference.inner_text()


def links_by_username(mail: Mail) -> dict[str, str]:
    usernames = re.findall(r"Nom d'utilisateur : (\S+)", mail.text)
    return dict(zip(usernames, mail.links, strict=True))


def ask_for_links(page: Page, demo: Demo, family: Family) -> dict[str, str]:
    """Ask at LEIA's door; return the link of each account of the family."""
    page.goto("/leia/recover/")
    send_request(page, family.email)
    return links_by_username(demo.next_mail_to(family.email))


def choose_password(page: Page, password: str) -> None:
    """Fill the form that a link has opened."""
    heading_is(page, "Modifier le mot de passe")
    page.get_by_label("Entrer le nouveau mot de passe").fill(password)
    page.get_by_label("Entrer à nouveau le nouveau mot de passe").fill(password)
    page.get_by_role("button", name="Enregistrer le mot de passe").click()
