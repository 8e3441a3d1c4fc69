"""Recovery through the platform's own page, where the membership has to be found first."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import PHONE, Device, Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family

pytestmark = pytest.mark.browser


def test_general_door_by_keyboard_alone(visit: Visits, demo: Demo, family: Family) -> None:
    """« Tapez « l » au clavier afin d'aller plus vite » (ACC-15)."""
    page = visit()
    page.goto("/recover/")
    people.heading_is(page, "Avez-vous oublié le mot de passe ?")
    expect(page.get_by_label("Choisissez votre ENT ou votre organisation")).to_be_focused()
    page.keyboard.type("l")
    expect(page.get_by_role("option")).to_have_count(20)
    active = page.locator("#results [aria-selected=true] b")
    for _ in range(20):
        if active.inner_text() == "LEIA":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".chosen b")).to_have_text("LEIA")
    expect(page.get_by_label("Entrez votre adresse e-mail")).to_be_focused()
    page.keyboard.type(family.email)
    page.keyboard.press("Enter")
    people.reference_of_sent(page)
    expect(page).to_have_url(re.compile("/leia/recover/sent/$"))
    assert sorted(people.links_by_username(demo.next_mail_to(family.email))) == sorted(
        family.usernames
    )


def test_general_door_without_scripts(
    device: Device, visit: Visits, demo: Demo, family: Family
) -> None:
    without_scripts: Device = {**device, "java_script_enabled": False}
    page = visit(**without_scripts)
    page.goto("/recover/")
    page.get_by_label("Choisissez votre ENT ou votre organisation").fill("éduc normandie")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("#results b").first).to_have_text("L'éduc de Normandie")
    page.get_by_label("Choisissez votre ENT ou votre organisation").fill("leia")
    page.get_by_role("button", name="Chercher").click()
    page.locator("#results a", has_text="LEIA").click()
    expect(page.locator(".chosen b")).to_have_text("LEIA")
    people.send_request(page, family.email)
    expect(page).to_have_url(re.compile("/leia/recover/sent/$"))
    assert demo.next_mail_to(family.email).subject == "LEIA : choisir un nouveau mot de passe"


def test_general_door_membership_unknown(anybody: Page, demo: Demo, family: Family) -> None:
    page = anybody
    page.goto("/recover/")
    page.get_by_role("link", name="Je ne sais pas lequel").click()
    expect(page.locator(".chosen b")).to_have_text("Je ne sais pas lequel")
    people.send_request(page, family.email)
    expect(page).to_have_url(re.compile("/recover/sent/$"))
    mail = demo.next_mail_to(family.email)
    assert sorted(people.links_by_username(mail)) == sorted(family.usernames)


def test_general_door_membership_given(anybody: Page, demo: Demo, family: Family) -> None:
    page = anybody
    page.goto("/recover/?m=leia")
    expect(page.locator(".chosen b")).to_have_text("LEIA")
    expect(page.get_by_role("search")).to_be_hidden()
    people.send_request(page, family.email)
    assert demo.next_mail_to(family.email).links


def test_general_door_membership_changed(anybody: Page) -> None:
    anybody.goto("/recover/?m=leia")
    anybody.get_by_role("link", name="Changer").click()
    expect(anybody.get_by_label("Choisissez votre ENT ou votre organisation")).to_be_visible()
    expect(anybody.locator(".chosen")).to_be_hidden()


def test_general_door_no_membership_chosen(anybody: Page) -> None:
    """ACC-07: said in words, and the address is still there."""
    anybody.goto("/recover/")
    anybody.get_by_label("Entrez votre adresse e-mail").fill("quelqu.un@hebergeur.com")
    anybody.get_by_role("button", name="Envoyer une demande").click()
    expect(anybody.get_by_role("alert")).to_be_visible()
    expect(anybody.get_by_label("Entrez votre adresse e-mail")).to_have_value(
        "quelqu.un@hebergeur.com"
    )


def test_picker_remembers_the_last_choice_on_this_device(visit: Visits) -> None:
    page = visit(**PHONE)
    page.goto("/")
    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).fill("drancy")
    page.get_by_role("option", name="Le Groupe Scolaire Saint-Germain de Drancy").click()
    expect(page).to_have_url(re.compile("/saint-germain-drancy/sign-in/"))

    page.goto("/")
    expect(page.locator("#count")).to_have_text("Déjà choisies sur cet appareil")
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("option", name="Le Groupe Scolaire Saint-Germain de Drancy").click()
    expect(page).to_have_url(re.compile("/saint-germain-drancy/sign-in/"))
