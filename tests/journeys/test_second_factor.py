"""A second factor as people set it up, use it and lose it, in a browser with an authenticator."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import people
from tests.journeys.conftest import DESKTOP, Visits
from tests.journeys.demo import Demo
from tests.journeys.families import Family
from tests.journeys.pages import AppOnPaper, begin_app
from tests.journeys.people import heading_is

pytestmark = pytest.mark.browser


@contextmanager
def authenticator(page: Page) -> Iterator[None]:
    """Give the browser a device that keeps passkeys and knows its holder (WebAuthn level 3)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    found = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    devtools.send("WebAuthn.removeVirtualAuthenticator", found)


@pytest.fixture
def page(visit: Visits, demo: Demo) -> Page:
    """Open the demonstration by a name: browsers make no passkeys for bare addresses."""
    visit.url = demo.url.replace("127.0.0.1", "localhost")
    return visit(**DESKTOP)


def sign_out(page: Page) -> None:
    page.locator(".person summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    heading_is(page, "Se connecter avec itslearning")


def set_up_app(page: Page) -> AppOnPaper:
    app = begin_app(page)
    page.get_by_label("Le code que l'application affiche maintenant").fill(app.code())
    page.get_by_role("button", name="Terminer").click()
    return app


def test_application_then_a_saved_code_then_a_new_password(
    page: Page, demo: Demo, family: Family
) -> None:
    """SIG-07, REC-17: recovery by mail leads to the second step, not round it."""
    people.sign_in(page, family.guardian, family.password)
    app = set_up_app(page)
    page.get_by_role("button", name="Afficher mes codes de secours").click()
    saved = page.locator(".codes code").all_inner_texts()
    assert len(saved) == 10
    page.get_by_role("link", name="Je les ai mis à l'abri").click()
    sign_out(page)

    people.sign_in(page, family.guardian, family.password)
    heading_is(page, "Deuxième étape")
    page.get_by_label("Votre code").fill(app.code(1))
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator(".person summary")).to_be_visible()
    sign_out(page)

    # Of the application and of the saved codes the person was told before.
    told = [demo.next_mail_to(family.email).subject for _ in range(2)]
    assert told == ["LEIA : connexion en deux étapes"] * 2
    links = people.ask_for_links(page, demo, family)
    page.goto(links[family.guardian].replace("127.0.0.1", "localhost"))
    people.choose_password(page, people.NEW_PASSWORD)
    people.sign_in(page, family.guardian, people.NEW_PASSWORD)
    heading_is(page, "Deuxième étape")
    page.goto("/leia/settings/")
    heading_is(page, "Se connecter avec itslearning")
    people.sign_in(page, family.guardian, people.NEW_PASSWORD)
    page.get_by_label("Votre code").fill(saved[0])
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator(".person summary")).to_be_visible()


def test_passkey_is_added_then_opens_the_door_alone(page: Page, family: Family) -> None:
    """SIG-07, SIG-08: without username and password; and as the second step after them."""
    with authenticator(page):
        people.sign_in(page, family.guardian, family.password)
        page.goto("/leia/settings/second-step/")
        page.get_by_label("Son nom").fill("Mon ordinateur")
        page.get_by_role("button", name="Ajouter une clé d'accès").click()
        heading_is(page, "Créer des codes de secours")
        page.goto("/leia/settings/second-step/")
        expect(page.get_by_text("Mon ordinateur").first).to_be_visible()
        sign_out(page)

        page.get_by_role("button", name="Se connecter avec une clé d'accès").click()
        expect(page.locator(".person summary")).to_be_visible()
        sign_out(page)

        people.sign_in(page, family.guardian, family.password)
        heading_is(page, "Deuxième étape")
        page.get_by_role("button", name="Utiliser une clé d'accès").click()
        expect(page.locator(".person summary")).to_be_visible()


def test_lost_factor_is_taken_off_by_two_helpers(page: Page, visit: Visits, family: Family) -> None:
    """REC-17: the person then sets up another one, on the strength of the password."""
    people.sign_in(page, family.guardian, family.password)
    set_up_app(page)
    sign_out(page)
    first, second = visit(**DESKTOP), visit(**DESKTOP)
    for helper, name in ((first, family.helper), (second, family.second_helper)):
        people.sign_in(helper, name, family.password)
        set_up_app(helper)
        helper.goto("/leia/helpdesk/lost-factors/")
    first.get_by_label("Nom d'utilisateur de la personne").fill(family.guardian)
    first.get_by_label("J'ai vu la personne, que je connais").check()
    first.get_by_role("button", name="Commencer").click()
    expect(first.get_by_text("C'est fait.")).to_be_visible()
    second.reload()
    second.get_by_role("button", name=f"Donner mon accord {family.guardian}").click()
    expect(second.get_by_text("la deuxième étape est retirée")).to_be_visible()
    people.sign_in(page, family.guardian, family.password)
    expect(page.locator(".person summary")).to_be_visible()


def test_page_is_not_there_any_more_after_sign_out(page: Page, family: Family) -> None:
    """SES-12, SES-11: on a shared computer the way back leads to the door."""
    people.sign_in(page, family.guardian, family.password)
    page.goto("/leia/settings/details/")
    sign_out(page)
    page.go_back()
    page.wait_for_load_state()
    assert family.email not in page.content()
