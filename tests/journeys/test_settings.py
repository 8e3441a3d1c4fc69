"""What people settle about their own account, once they are in."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family
from tests.journeys.people import NEW_PASSWORD
from tests.picture_samples import encoded, quarters

pytestmark = pytest.mark.browser


def propose_address(page: Page, family: Family, new: str) -> None:
    people.sign_in(page, family.guardian, family.password)
    people.heading_is(page, "Bonjour Anna")
    page.goto("/leia/settings/details/")
    page.get_by_label("Adresse e-mail", exact=True).fill(new)
    page.get_by_label("Mot de passe actuel").first.fill(family.password)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text(new)
    expect(page.locator("#addresses li", has_text=new)).to_contain_text("À confirmer")


def test_address_changed_once_its_owner_confirms(anybody: Page, demo: Demo, family: Family) -> None:
    """REC-18: recovery goes by the confirmed address alone; the former one is told."""
    page, new = anybody, f"nouvelle.{family.email}"
    propose_address(page, family, new)

    page.goto(demo.next_mail_to(new).links[0])
    people.heading_is(page, "Confirmer une adresse")
    page.get_by_role("button", name="Confirmer cette adresse").click()
    people.heading_is(page, "Adresse confirmée")

    assert demo.next_mail_to(family.email).subject == "LEIA : une adresse e-mail a été ajoutée"
    page.goto("/leia/settings/details/")
    expect(page.get_by_label("Adresse e-mail", exact=True)).to_have_value(new)


def test_address_changed_by_somebody_else_is_objected_to(
    visit: Visits, demo: Demo, family: Family
) -> None:
    """PWD-09: the password that a stranger knew opens nothing; the owner recovers by mail."""
    stranger, new = visit(), f"intrus.{family.email}"
    propose_address(stranger, family, new)
    stranger.goto(demo.next_mail_to(new).links[0])
    stranger.get_by_role("button", name="Confirmer cette adresse").click()
    people.heading_is(stranger, "Adresse confirmée")

    owner = visit()
    owner.goto(demo.next_mail_to(family.email).links[0])
    people.heading_is(owner, "Ce n'était pas moi")
    owner.get_by_label("Nom d'utilisateur").fill(family.guardian)
    owner.get_by_role("button", name="Annuler le changement").click()
    people.heading_is(owner, "Le changement est annulé")

    stranger.goto("/leia/")
    people.heading_is(stranger, "Se connecter avec itslearning")
    people.sign_in(stranger, family.guardian, family.password)
    expect(stranger.get_by_role("alert")).to_contain_text(
        "Nom d'utilisateur ou mot de passe incorrect"
    )

    # The notice that the password is withdrawn comes before the links asked for.
    assert f"Nom d'utilisateur : {family.guardian}" in demo.next_mail_to(family.email).text
    owner.goto(people.ask_for_links(owner, demo, family)[family.guardian])
    people.choose_password(owner, NEW_PASSWORD)
    people.heading_is(owner, "Mot de passe modifié")
    people.sign_in(owner, family.guardian, NEW_PASSWORD)
    people.heading_is(owner, "Bonjour Anna")
    owner.goto("/leia/settings/details/")
    expect(owner.locator("#addresses li .grow")).to_have_text(
        [re.compile(rf"^{re.escape(family.email)}\s+Adresse principale")]
    )


def test_photo_is_shown_and_removed(anybody: Page, family: Family) -> None:
    page = anybody
    people.sign_in(page, family.guardian, family.password)
    people.heading_is(page, "Bonjour Anna")
    page.goto("/leia/settings/details/")
    page.get_by_label("Photo", exact=True).set_input_files(
        {"name": "moi.jpg", "mimeType": "image/jpeg", "buffer": encoded(quarters(), "JPEG")}
    )
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("img", name="Votre photo")).to_be_visible()
    expect(page.locator("header .person img")).to_be_visible()

    page.get_by_label("Retirer ma photo").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("header .person .initials")).to_have_text("AC")
    expect(page.get_by_role("img", name="Votre photo")).to_have_count(0)


def test_password_changed_signs_the_other_devices_out(
    visit: Visits, demo: Demo, family: Family
) -> None:
    """REC-16, REC-14."""
    here, elsewhere = visit(), visit()
    for page in (here, elsewhere):
        people.sign_in(page, family.guardian, family.password)
        people.heading_is(page, "Bonjour Anna")
    here.goto("/leia/settings/password/")
    here.get_by_label("Mot de passe actuel").fill(family.password)
    here.get_by_label("Entrer le nouveau mot de passe").fill(NEW_PASSWORD)
    here.get_by_label("Entrer à nouveau le nouveau mot de passe").fill(NEW_PASSWORD)
    here.get_by_role("button", name="Enregistrer le mot de passe").click()
    expect(here.get_by_role("status").first).to_be_visible()

    here.goto("/leia/")
    people.heading_is(here, "Bonjour Anna")
    elsewhere.goto("/leia/")
    people.heading_is(elsewhere, "Se connecter avec itslearning")
    assert demo.next_mail_to(family.email).subject == "LEIA : le mot de passe a changé"


def test_weak_password_is_refused_as_one_types(visit: Visits, family: Family) -> None:
    """ACC-11: the line under the field speaks; PWD rules are judged on the server."""
    page = visit()
    people.sign_in(page, family.guardian, family.password)
    people.heading_is(page, "Bonjour Anna")
    page.goto("/leia/settings/password/")
    field, line = page.get_by_label("Entrer le nouveau mot de passe"), page.locator(".strength")
    field.press_sequentially("soleil")
    expect(line).to_have_text("Encore 6 caractères.")
    field.fill("motdepasse2026")
    expect(line).to_have_attribute("data-state", "wait")
    expect(line).not_to_contain_text("caractères")
    field.fill(NEW_PASSWORD)
    expect(line).to_have_attribute("data-state", "done")
    expect(page.locator("#spoken")).to_have_text(line.inner_text())


def test_sessions_other_device_is_signed_out(visit: Visits, family: Family) -> None:
    here, elsewhere = visit(), visit()
    for page in (here, elsewhere):
        people.sign_in(page, family.guardian, family.password)
        people.heading_is(page, "Bonjour Anna")
    here.goto("/leia/settings/sessions/")
    expect(here.locator("#sessions li")).to_have_count(2)
    here.locator("#sessions").get_by_role("button").click()
    expect(here.locator("#sessions li")).to_have_count(1)

    elsewhere.goto("/leia/")
    people.heading_is(elsewhere, "Se connecter avec itslearning")
