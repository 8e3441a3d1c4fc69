"""Somebody who has tried too often, and the way that needs no waiting."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family

pytestmark = pytest.mark.browser


def test_recovery_lets_in_whoever_has_tried_too_often(
    visit: Visits, demo: Demo, family: Family
) -> None:
    """SIG-04, ERR-01, ACC-07."""
    page = visit()
    with page.expect_response(lambda answer: answer.status == 429):
        for _ in range(7):
            people.sign_in(page, family.guardian, "pas-le-bon")
            expect(page.get_by_role("alert")).to_be_visible()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Trop d'essais. Réessayez dans")
    expect(page.get_by_label("Nom d'utilisateur")).to_have_value(family.guardian)
    alert.get_by_role("link", name="Mot de passe oublié ?").click()
    people.send_request(page, family.email)
    links = people.links_by_username(demo.next_mail_to(family.email))
    page.goto(links[family.guardian])
    people.choose_password(page, people.NEW_PASSWORD)
    people.sign_in(page, family.guardian, people.NEW_PASSWORD)
    people.heading_is(page, "Bonjour Anna")


def test_other_browsers_guesses_do_not_shut_the_owner_out(visit: Visits, family: Family) -> None:
    """SIG-05."""
    here, elsewhere = visit(), visit()
    enter_and_leave(here, family)
    for _ in range(7):
        people.sign_in(elsewhere, family.guardian, "pas-le-bon")
        expect(elsewhere.get_by_role("alert")).to_be_visible()
    people.sign_in(here, family.guardian, family.password)
    people.heading_is(here, "Bonjour Anna")
    here.goto("/leia/settings/sessions/")
    expect(here.locator("#known-devices li")).to_have_count(1)
    here.get_by_role("button", name="Oublier").click()
    expect(here.locator("#known-devices")).to_have_count(0)


def enter_and_leave(page: Page, family: Family) -> None:
    people.sign_in(page, family.guardian, family.password)
    people.heading_is(page, "Bonjour Anna")
    people.open_menu(page, "Anna Colonna")
    page.get_by_role("button", name="Se déconnecter").click()
    people.heading_is(page, "Se connecter avec itslearning")
