"""What the mail says: the truth, about every account behind the address."""

import pytest

from tests.conftest import Family, Postman, StoppedClock
from tests.factories import (
    Role,
    guard,
    links_in,
    make_account,
    make_organisation,
    new_browser,
    text_of,
)
from trousseau import clock
from trousseau.accounts.models import Account, Credential
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest

State = Account.State
EMAIL = Family.email


def ask(email: str, path: str = "/leia/recover/", language: str = "en", **fields: str) -> None:
    answer = new_browser(language=language).post(path, {"email": email, **fields})
    assert answer.status_code == 303


def usernames(mail) -> list[str]:
    return [line.partition(": ")[2] for line in text_of(mail).splitlines() if "Username:" in line]


def html_of(mail) -> str:
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def answers() -> list[str]:
    return [str(request.answer) for request in RecoveryRequest.objects.order_by("asked_at")]


@pytest.mark.usefixtures("family")
def test_mail_lists_ones_own_account_and_the_childrens(postman: Postman) -> None:
    """REC-20: one mail, each account with its name, its role, its school and its own link."""
    ask(EMAIL)
    (mail,) = postman.collect()
    assert mail["To"] == mail["X-Envelope-To"] == EMAIL
    assert usernames(mail) == ["monidentifiant", "lisa.mariani", "leo.mariani"]
    links = links_in(mail)
    assert len(set(links)) == 3
    text = text_of(mail)
    for words in ("Marie Mariani\nParent or guardian, LEIA", "Lisa Mariani\nPupil, LEIA"):
        assert words in text.replace("\r\n", "\n")
    assert [link in html_of(mail) for link in links] == [True] * 3


def test_mail_each_link_opens_its_own_account(family: Family, postman: Postman) -> None:
    """REC-22."""
    ask(EMAIL)
    (mail,) = postman.collect()
    owners = [
        Credential.objects.get(public_id=new_browser().get(link).headers["Location"][-16:]).account
        for link in links_in(mail)
    ]
    assert owners == [family.mother, family.lisa, family.leo]


def test_mail_goes_to_the_address_as_stored(leia: Organisation, postman: Postman) -> None:
    """REC-19: never to what somebody typed."""
    make_account(leia, "ada", email="Ada.Agostini@example.com")
    ask("ada.agostini@EXAMPLE.COM")
    assert [mail["To"] for mail in postman.collect()] == ["Ada.Agostini@example.com"]
    assert RecoveryRequest.objects.get().typed_address == "ada.agostini@EXAMPLE.COM"


@pytest.mark.parametrize(
    "typed", ["m\u0131ke@example.com", "mik\u0435@example.com", "mike@examp\ufb02e.com"]
)
def test_mail_resembling_address_reaches_nobody(
    leia: Organisation, postman: Postman, typed: str
) -> None:
    """REC-19: a dotless i, a Cyrillic e, a ligature."""
    make_account(leia, "mike", email="mike@example.com")
    ask(typed)
    assert postman.collect() == []
    assert answers() == ["unknown"]


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"state": State.INACTIVE}, "This account has not been activated yet: ask the school"),
        ({"state": State.SUSPENDED}, "This account is suspended: ask the school."),
        ({"local_sign_in": False}, "This account signs in through Guichet: its password is"),
        (
            {"state": State.SUSPENDED, "local_sign_in": False},
            "This account is suspended: ask the school.",
        ),
    ],
)
def test_mail_says_why_an_account_has_no_link(
    leia: Organisation, postman: Postman, details: dict[str, object], reason: str
) -> None:
    """REC-21: no silent dead end."""
    leia.cas_name, leia.cas_url = "Guichet", "https://cas.example/cas"
    leia.save()
    make_account(leia, "ada", email=EMAIL, **details)  # type: ignore[arg-type]
    ask(EMAIL)
    (mail,) = postman.collect()
    assert usernames(mail) == ["ada"]
    assert reason in text_of(mail)
    assert links_in(mail) == []
    assert not Credential.objects.exists()


def test_mail_mixes_links_and_reasons(family: Family, postman: Postman) -> None:
    """REC-20, REC-21."""
    Account.objects.filter(pk=family.leo.pk).update(state=State.SUSPENDED)
    ask(EMAIL)
    (mail,) = postman.collect()
    assert usernames(mail) == ["monidentifiant", "lisa.mariani", "leo.mariani"]
    assert len(links_in(mail)) == 2


def test_mail_of_a_suspended_guardian_opens_no_childs_account(
    family: Family, postman: Postman
) -> None:
    Account.objects.filter(pk=family.mother.pk).update(state=State.SUSPENDED)
    ask(EMAIL)
    (mail,) = postman.collect()
    assert usernames(mail) == ["monidentifiant"]
    assert links_in(mail) == []


def test_mail_child_with_the_guardians_address_is_listed_once(
    family: Family, postman: Postman
) -> None:
    """REC-20."""
    family.lisa.addresses.create(address=EMAIL, key=EMAIL, main=True, confirmed_at=clock.now())
    ask(EMAIL)
    (mail,) = postman.collect()
    assert sorted(usernames(mail)) == ["leo.mariani", "lisa.mariani", "monidentifiant"]


@pytest.mark.usefixtures("family")
def test_mail_address_not_confirmed_recovers_nothing(postman: Postman) -> None:
    """REC-18."""
    Account.objects.get(username="monidentifiant").addresses.update(confirmed_at=None, main=False)
    ask(EMAIL)
    assert postman.collect() == []
    assert answers() == ["unknown"]


@pytest.mark.usefixtures("family")
def test_mail_of_one_organisation_is_silent_about_the_others(postman: Postman) -> None:
    """TEN-01."""
    make_account(make_organisation("bastia", "Bastia"), "marie.bastia", email=EMAIL)
    ask(EMAIL)
    (mail,) = postman.collect()
    assert "bastia" not in mail.as_string().lower()
    assert len(usernames(mail)) == 3


def test_mail_guardian_of_another_organisation_recovers_no_child(
    family: Family, postman: Postman
) -> None:
    """TEN-01: whatever stands in the table of guardians."""
    bastia = make_organisation("bastia", "Bastia")
    stranger = make_account(bastia, "stranger", email="stranger@example.org")
    guard(stranger, family.leo)
    ask("stranger@example.org")
    ask("stranger@example.org", "/recover/", membership="unknown")
    (mail,) = postman.collect()
    assert usernames(mail) == ["stranger"]


@pytest.mark.usefixtures("family")
def test_mail_for_who_does_not_know_lists_every_organisation(postman: Postman) -> None:
    bastia = make_organisation("bastia", "Bastia")
    make_account(bastia, "marie.bastia", email=EMAIL)
    closed = make_organisation("closed", "Fermée")
    make_account(closed, "marie.closed", email=EMAIL)
    closed.active = False
    closed.save()
    ask(EMAIL, "/recover/", membership="unknown")
    (mail,) = postman.collect()
    assert usernames(mail) == ["marie.bastia", "monidentifiant", "lisa.mariani", "leo.mariani"]
    assert [link.split("/")[1] for link in links_in(mail)] == ["bastia", "leia", "leia", "leia"]
    assert "(Bastia)" in text_of(mail)
    assert "(LEIA)" in text_of(mail)
    assert mail["Subject"].startswith("Trousseau:")


@pytest.mark.usefixtures("leia")
def test_unknown_address_gets_nothing_by_default(postman: Postman) -> None:
    """REC-21."""
    ask("nobody@example.org")
    ask("nobody@example.org", "/recover/", membership="unknown")
    assert postman.collect() == []
    assert answers() == ["unknown", "unknown"]


def test_unknown_address_is_told_once_a_day_where_the_organisation_wishes(
    leia: Organisation, postman: Postman, travel: StoppedClock
) -> None:
    """REC-03, REC-21: nobody can use us to pester a stranger."""
    leia.answers_unknown_addresses = True
    leia.save()
    make_organisation("bastia", "Bastia", answers_unknown_addresses=True)
    ask("nobody@example.org")
    (mail,) = postman.collect()
    assert "No account has this address here." in text_of(mail)
    assert links_in(mail) == []
    travel(hours=23)
    ask("nobody@example.org")
    ask("nobody@example.org", "/bastia/recover/")
    assert postman.collect() == []
    travel(hours=1)
    ask("nobody@example.org")
    assert [mail["To"] for mail in postman.collect()] == ["nobody@example.org"]


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(
    ("language", "subject"),
    [("fr", "LEIA : choisir un nouveau mot de passe"), ("en", "LEIA: choose a new password")],
)
def test_mail_speaks_the_language_of_the_form(
    postman: Postman, language: str, subject: str
) -> None:
    """Whatever language the account or the worker speaks."""
    Account.objects.update(language="fr" if language == "en" else "en")
    ask(EMAIL, language=language)
    (mail,) = postman.collect()
    assert mail["Content-Language"] == language
    assert mail["Subject"].replace("\xa0", " ") == subject


@pytest.mark.usefixtures("family")
def test_mail_is_automatic_and_comes_from_the_organisation(postman: Postman) -> None:
    """MAIL-01, MAIL-07."""
    ask(EMAIL)
    (mail,) = postman.collect()
    assert mail.get_all("Auto-Submitted") == ["auto-generated"]
    assert mail["From"].startswith("LEIA <no-reply@")
    html = html_of(mail)
    assert "<img" not in html
    assert "<script" not in html


@pytest.mark.usefixtures("family")
def test_answer_leaves_no_secret_in_the_database(postman: Postman) -> None:
    """REC-08, LOG-02."""
    ask(EMAIL)
    (mail,) = postman.collect()
    secrets = [link.split("/")[-2] for link in links_in(mail)]
    rows = str([list(model.objects.values()) for model in (Credential, Event, RecoveryRequest)])
    assert [secret for secret in secrets if secret in rows] == []
    assert answers() == ["mailed"]


def test_answer_two_guardians_at_once_leave_the_child_one_link(
    family: Family, postman: Postman
) -> None:
    """REC-09: of two mails that leave in one batch, the newer one's link is the one that works."""
    father = make_account(
        family.leo.organisation, "pere", email="pere@example.org", name=("Paul", "Mariani")
    )
    guard(father, family.leo)
    ask(EMAIL)
    ask("pere@example.org")
    mails = postman.collect()
    assert len(mails) == 2
    live = [
        credential
        for credential in Credential.objects.filter(account=family.leo)
        if credential.state_at(clock.now()) == Credential.State.LIVE
    ]
    assert len(live) == 1


def test_pupil_without_any_address_is_in_nobodys_mail(leia: Organisation, postman: Postman) -> None:
    """REC-25: the help page is their way."""
    make_account(leia, "paul.sansmail", role=Role.PUPIL)
    ask("paul.sansmail@example.org")
    assert postman.collect() == []
    help_page = new_browser().get("/leia/recover/").content.decode()
    assert 'href="/leia/help/"' in help_page
