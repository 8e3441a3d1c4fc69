"""The first page after signing in."""

from tests.conftest import Family
from tests.factories import Role, guard, make_account, make_organisation, new_browser, signed_in
from tests.markup import attributes, heading, main_text, texts
from trousseau.organisations.models import Organisation


def test_home_visitor_is_led_to_sign_in(leia: Organisation) -> None:
    assert new_browser().get("/leia/").headers["Location"] == f"/{leia.slug}/sign-in/"


def test_home_lists_ones_own_children_alone(family: Family) -> None:
    """TEN-01: a child of another organisation is not shown, whatever the table says."""
    leia = family.mother.organisation
    make_account(leia, "other.child", role=Role.PUPIL, name=("Tom", "Other"))
    bastia = make_organisation("bastia", "Bastia")
    guard(family.mother, make_account(bastia, "far.child", role=Role.PUPIL, name=("Far", "Child")))
    page = signed_in(family.mother).get("/leia/")
    assert heading(page) == "Hello Marie"
    assert sorted(texts(page, "main .rows code")) == ["leo.mariani", "lisa.mariani"]


def test_home_without_an_address_says_what_one_is_good_for(family: Family) -> None:
    page = signed_in(family.leo).get("/leia/")
    assert "With one, you get back in by yourself" in main_text(page)
    assert "/leia/settings/details/" in attributes(page, "main .note a", "href")


def test_home_every_signed_in_page_has_a_way_out(family: Family) -> None:
    """SES-11."""
    browser = signed_in(family.mother)
    for path in ("", "settings/", "settings/details/", "settings/password/", "settings/sessions/"):
        page = browser.get(f"/leia/{path}")
        assert attributes(page, "form[action$='sign-out/']", "method") == ["post"]


def test_settings_show_the_account_as_it_is(family: Family) -> None:
    page = signed_in(family.mother).get("/leia/settings/")
    facts = dict(zip(texts(page, "main dt"), texts(page, "main dd"), strict=True))
    assert facts == {
        "Name": "Marie Mariani",
        "Username": "monidentifiant",
        "E-mail address": family.email,
        "Role": "Parent or guardian",
    }
