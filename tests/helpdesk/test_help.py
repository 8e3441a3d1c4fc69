"""The help page: whom to ask, and a form that reaches them."""

import pytest
from django.test import Client

from tests.conftest import Postman, StoppedClock
from tests.factories import make_organisation, new_browser, text_of
from tests.markup import alerts, attributes, find_parse_errors, heading, main_text, texts
from trousseau.audit.models import Event
from trousseau.helpdesk import services
from trousseau.helpdesk.models import HelpRequest
from trousseau.organisations.models import Organisation, School

PAGE = "/leia/help/"
CONTACT = "ent.cervione@gmail.com"
FILLED = {
    "given_name": "Paul",
    "family_name": "Santoni",
    "asker": "pupil",
    "school_class": "6e A",
    "reach": "06 12 34 56 78",
    "text": "J'ai oublié mon mot de passe.\nEt je n'ai pas d'adresse.",
}


@pytest.fixture
def school(leia: Organisation) -> School:
    leia.help_name, leia.help_email, leia.help_phone = "Mme Colonna", CONTACT, "04 95 00 00 00"
    leia.help_text = "Le bureau est ouvert\nle matin."
    leia.language = "en"
    leia.save()
    return leia.schools.create(name="Collège Pescetti")


@pytest.mark.usefixtures("school")
def test_help_page_says_who_can_help(visitor: Client) -> None:
    """REC-25."""
    page = visitor.get(PAGE)
    assert heading(page) == "Help"
    contact = ["Mme Colonna", CONTACT, "04 95 00 00 00"]
    assert texts(page, "main dl dd") == contact
    links = attributes(page, "main a", "href")
    assert f"mailto:{CONTACT}" in links
    assert "/leia/recover/" in links
    assert find_parse_errors(page.content.decode()) == []


def test_help_page_without_a_contact_has_the_form_all_the_same(
    visitor: Client, leia: Organisation
) -> None:
    """REC-25: and what is written is kept for the helpers' pages."""
    page = visitor.get(f"/{leia.slug}/help/")
    assert texts(page, "main dl dd") == []
    assert visitor.post(PAGE, FILLED).status_code == 200
    assert HelpRequest.objects.get().given_name == "Paul"


def test_request_reaches_the_contact_by_mail(
    visitor: Client, school: School, postman: Postman
) -> None:
    """REC-25: all that was written, with its reference, and a word of warning."""
    answer = visitor.post(PAGE, {**FILLED, "school": school.pk})
    assert heading(answer) == "Message sent"
    assert FILLED["reach"] in main_text(answer)
    (reference,) = texts(answer, ".reference b")
    (mail,) = postman.collect()
    assert mail["To"] == CONTACT
    assert reference in mail["Subject"]
    text = text_of(mail).replace("\r\n", "\n")
    for words in (
        "Paul Santoni",
        "A pupil, Collège Pescetti, 6e A",
        FILLED["reach"],
        FILLED["text"],
    ):
        assert words in text
    assert "Make sure who is asking before you help" in text
    event = Event.objects.get(tag="help_asked")
    assert (event.reference, event.organisation) == (reference, "leia")


@pytest.mark.usefixtures("school")
def test_request_is_never_a_header_or_markup_in_the_mail(visitor: Client, postman: Postman) -> None:
    """VAL-07."""
    evil = "Paul\r\nBcc: victim@example.org"
    visitor.post(PAGE, {**FILLED, "given_name": evil, "text": "<script>alert(1)</script>"})
    for mail in postman.collect():
        assert mail["Bcc"] is None
        assert mail["X-Envelope-To"] == CONTACT
        html = mail.get_body(("html",))
        assert html
        assert "<script>" not in html.get_content()


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("missing", ["given_name", "family_name", "asker", "reach", "text"])
def test_request_without_what_is_needed_asks_for_it(visitor: Client, missing: str) -> None:
    """ACC-07: and what was typed is still there."""
    answer = visitor.post(PAGE, {**FILLED, missing: " "})
    assert answer.status_code == 200
    assert len(alerts(answer)) == 1
    if missing != "text":
        assert texts(answer, "textarea") == [" ".join(FILLED["text"].split())]
    assert not HelpRequest.objects.exists()


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("asker", "king"),
        ("given_name", "x" * 151),
        ("reach", "x" * 201),
        ("text", "x" * 2001),
        ("text", "nul\x00"),
        ("school", "999999"),
        ("school", "x"),
    ],
)
def test_request_of_what_cannot_be_is_refused(visitor: Client, field: str, value: str) -> None:
    """VAL-01."""
    answer = visitor.post(PAGE, {**FILLED, field: value})
    assert len(alerts(answer)) == 1
    assert not HelpRequest.objects.exists()


@pytest.mark.usefixtures("school")
def test_request_school_of_another_organisation_is_refused(visitor: Client) -> None:
    """TEN-01."""
    elsewhere = make_organisation("bastia", "Bastia").schools.create(name="Lycée de Bastia")
    assert "Lycée de Bastia" not in visitor.get(PAGE).content.decode()
    answer = visitor.post(PAGE, {**FILLED, "school": elsewhere.pk})
    assert len(alerts(answer)) == 1
    assert not HelpRequest.objects.exists()


@pytest.mark.usefixtures("school")
def test_request_more_than_a_school_can_have_written_is_refused(
    visitor: Client, travel: StoppedClock
) -> None:
    """VAL-04, SIG-05: sixty an hour from one address of the network; another one is heard."""
    for _ in range(60):
        assert heading(visitor.post(PAGE, FILLED)) == "Message sent"
    refused = visitor.post(PAGE, FILLED)
    assert alerts(refused) == [
        "Many requests have come from your network. Please telephone the school."
    ]
    assert texts(refused, "textarea") == [" ".join(FILLED["text"].split())]
    elsewhere = new_browser()
    assert heading(elsewhere.post(PAGE, FILLED, REMOTE_ADDR="192.0.2.9")) == "Message sent"
    travel(hours=1)
    assert heading(visitor.post(PAGE, FILLED)) == "Message sent"
    assert HelpRequest.objects.count() == 62


@pytest.mark.usefixtures("school")
def test_request_limit_is_each_organisations_own(visitor: Client) -> None:
    """TEN-02."""
    make_organisation("bastia", "Bastia")
    for _ in range(60):
        visitor.post(PAGE, FILLED)
    assert heading(visitor.post("/bastia/help/", FILLED)) == "Message sent"


@pytest.mark.usefixtures("school")
def test_request_page_is_kept_by_nobody(visitor: Client) -> None:
    """SES-12."""
    assert visitor.post(PAGE, FILLED).headers["Cache-Control"] == "no-store, private"


def test_request_is_forgotten_after_ninety_days(leia: Organisation, travel: StoppedClock) -> None:
    """SEC-02, LAW-08."""
    HelpRequest.objects.create(organisation=leia, asker="pupil")
    travel(days=90)
    assert services.purge() == 0
    travel(minutes=1)
    assert services.purge() == 1
    assert not HelpRequest.objects.exists()
