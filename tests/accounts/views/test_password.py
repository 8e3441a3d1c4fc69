"""The page on which one changes one's own password."""

from tests.conftest import Family, Postman
from tests.factories import (
    ANOTHER_PASSWORD,
    PASSWORD,
    is_signed_in,
    make_account,
    new_browser,
    signed_in,
)
from tests.markup import alerts, attributes, heading, main_text, texts
from trousseau.organisations.models import Organisation

PAGE, JUDGE = "/leia/settings/password/", "/leia/settings/password/judge/"


def fields(current: str = PASSWORD, new: str = ANOTHER_PASSWORD, again: str = "") -> dict[str, str]:
    return {"current_password": current, "new_password": new, "new_password_again": again or new}


def test_password_visitor_signs_in_first(leia: Organisation) -> None:
    for path in (PAGE, JUDGE):
        assert new_browser().post(path).headers["Location"] == f"/{leia.slug}/sign-in/"


def test_password_changed_keeps_this_device_alone(family: Family, postman: Postman) -> None:
    """PWD-12, REC-14, REC-16."""
    here, there = signed_in(family.mother), signed_in(family.mother)
    answer = here.post(PAGE, fields())
    assert answer.headers["Location"] == "/leia/settings/"
    page = here.get("/leia/settings/")
    assert texts(page, "[role=status]")[0] == "Your password is changed."
    assert not is_signed_in(there, family.mother.organisation)
    assert [mail["To"] for mail in postman.collect()] == [family.email]


def test_password_of_a_child_without_address_is_told_to_the_guardian(
    family: Family, postman: Postman
) -> None:
    """REC-14."""
    signed_in(family.leo).post(PAGE, fields())
    assert [mail["To"] for mail in postman.collect()] == [family.email]


def test_password_without_the_current_one_is_refused(family: Family) -> None:
    """PWD-12."""
    browser = signed_in(family.mother)
    for current in ("wrong", PASSWORD.upper()):
        answer = browser.post(PAGE, fields(current))
        assert texts(answer, "#id_current_password_error") == ["This is not your current password."]
    assert alerts(browser.post(PAGE, fields(""))) == ["Enter your current password."]
    assert is_signed_in(signed_in(family.mother), family.mother.organisation)


def test_password_typed_differently_is_refused(family: Family) -> None:
    """REC-13."""
    answer = signed_in(family.mother).post(PAGE, fields(again="caillou-violon-neige-74"))
    assert alerts(answer) == ["The two passwords differ. Enter the same one twice."]


def test_password_is_never_shown_again(family: Family) -> None:
    """PWD-11, LOG-02: whatever was wrong with it; and managers know which field is which."""
    answer = signed_in(family.mother).post(PAGE, fields("wrong"))
    assert attributes(answer, "input[type=password]", "value") == ["", "", ""]
    assert ANOTHER_PASSWORD not in answer.content.decode()
    assert attributes(answer, "main input", "autocomplete") == [
        "username",
        "current-password",
        "new-password",
        "new-password",
    ]


def test_password_of_a_cas_account_is_changed_elsewhere(leia: Organisation) -> None:
    """SIG-08."""
    ange = make_account(leia, "ange")
    browser = signed_in(ange)
    ange.local_sign_in = False
    ange.save()
    page = browser.get(PAGE)
    assert heading(page) == "Change the password"
    assert attributes(page, "main input", "name") == []
    assert "change your password there" in main_text(page)
    refused = browser.post(PAGE, fields())
    assert refused.status_code in {200, 403, 404}
    ange.refresh_from_db()
    assert ange.password_changed_at is None


def test_judge_tells_as_one_types(family: Family) -> None:
    """PWD-08."""
    browser = signed_in(family.mother)
    refused = browser.post(JUDGE, {"password": "marie mariani"})
    assert refused.json()["accepted"] is False
    assert refused.json()["score"] <= 2
    accepted = browser.post(JUDGE, {"password": ANOTHER_PASSWORD})
    assert (accepted.json()["accepted"], accepted.json()["message"]) == (
        True,
        "Very good password.",
    )
    assert "no-store" in accepted.headers["Cache-Control"]
