"""The tutorial « Retrouver ses accès ENT à l'aide d'une adresse mail », screen by screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Visits
from tests.journeys.demo import Demo, Mail
from tests.journeys.families import Family
from tests.journeys.people import NEW_PASSWORD, heading_is, sign_in

pytestmark = pytest.mark.browser

MARIANI = Family(
    email="monadressemail@hebergeur.com",
    guardian="monidentifiant",
    son="leo.mariani",
    daughter="lisa.mariani",
    helper="aline.dupont1",
    second_helper="basile.dupont1",
    password="cerise-tambour-lagune-42",
)


def test_tutorial_check_the_address(anybody: Page, family: Family) -> None:
    """Name at the top right, « vos paramètres », « modifier les détails », the e-mail box."""
    sign_in(anybody, family.guardian, family.password)
    heading_is(anybody, "Bonjour Anna")

    people.open_menu(anybody, "Anna Colonna")
    anybody.get_by_role("link", name="Vos paramètres").click()
    details = anybody.locator("main .rows a", has_text="Modifier les détails")
    expect(details).to_contain_text(
        "Gérer vos données personnelles en modifiant votre adresse e-mail, votre photo, votre"
        " description, les informations de contact et plus encore."
    )
    details.click()

    heading_is(anybody, "Modifier les détails")
    expect(anybody.get_by_label("Adresse e-mail", exact=True)).to_have_value(family.email)


def test_tutorial_get_back_in(anybody: Page, demo: Demo, family: Family) -> None:
    """From the wrong password to the new one (ACC-02, REC-14, REC-15)."""
    page = anybody
    sign_in(page, family.guardian, "pas-le-bon")
    see_refusal(page, family.guardian)

    page.get_by_role("main").get_by_role("link", name="Mot de passe oublié ?").click()
    heading_is(page, "Avez-vous oublié le mot de passe ?")
    expect(page.get_by_role("main").locator("code")).to_have_text(family.guardian)
    expect(page.get_by_role("link", name="Annuler")).to_be_visible()
    people.send_request(page, family.email)
    expect(page).to_have_url(re.compile(r"/leia/recover/sent/$"))

    page.goto(check_mail(demo.next_mail_to(family.email), family))
    choose(page, family.guardian)

    sign_in(page, family.guardian, NEW_PASSWORD)
    heading_is(page, "Bonjour Anna")
    notice = demo.next_mail_to(family.email)
    assert notice.subject == "LEIA : le mot de passe a changé"
    assert f"Nom d'utilisateur : {family.guardian}" in notice.text


def test_tutorial_to_the_letter(visit: Visits, demo: Demo) -> None:
    """The accounts the tutorial itself names, and its link « en bleu »."""
    page = visit()
    page.goto("/leia/sign-in/")
    forgotten = page.get_by_role("main").get_by_role("link", name="Mot de passe oublié ?")
    red, green, blue = re.findall(r"\d+", forgotten.evaluate("e => getComputedStyle(e).color"))
    assert int(blue) > int(green) > int(red)

    forgotten.click()
    people.send_request(page, MARIANI.email)
    page.goto(check_mail(demo.next_mail_to(MARIANI.email), MARIANI))
    choose(page, MARIANI.guardian)
    sign_in(page, MARIANI.guardian, NEW_PASSWORD)
    heading_is(page, "Bonjour Marie")


def see_refusal(page: Page, typed: str) -> None:
    heading_is(page, "Se connecter avec itslearning")
    expect(page.get_by_role("alert")).to_contain_text("Nom d'utilisateur ou mot de passe incorrect")
    expect(page.get_by_label("Nom d'utilisateur")).to_have_value(typed)
    expect(page.get_by_label("Mot de passe", exact=True)).to_have_value("")
    expect(page.get_by_role("main").get_by_text("OU", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Connexion avec SSO CAS")).to_be_visible()


def check_mail(mail: Mail, family: Family) -> str:
    """Return the guardian's link, from a mail that has one for each account (REC-20)."""
    assert mail.sender == "LEIA <no-reply@itslearning.com>"
    assert mail.subject == "LEIA : choisir un nouveau mot de passe"
    assert "Vous avez demandé un nouveau mot de passe pour votre compte itslearning." in mail.text
    assert re.search(r"Chaque lien fonctionne jusqu'au .* et une seule fois\.", mail.text)
    assert "Vous n'avez rien demandé" in mail.text
    links = people.links_by_username(mail)
    assert sorted(links) == sorted(family.usernames)
    assert len(set(links.values())) == len(links)
    assert all(link in mail.html for link in links.values())
    return links[family.guardian]


def choose(page: Page, username: str) -> None:
    expect(page).to_have_url(re.compile(r"/leia/pwd/\?link=[0-9a-f]{16}$"))
    name = page.get_by_label("Nom d'utilisateur")
    expect(name).to_have_value(username)
    expect(name).not_to_be_editable()
    people.choose_password(page, NEW_PASSWORD)
    heading_is(page, "Mot de passe modifié")
    page.get_by_role("main").get_by_role("link", name="Se connecter", exact=True).click()
    heading_is(page, "Se connecter avec itslearning")
