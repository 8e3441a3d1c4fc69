"""One's own details: kept, refused, hidden, and seen by nobody else."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.factories import Role, make_account, make_organisation, new_browser, signed_in
from tests.markup import alerts, attributes, find_parse_errors, main_text, texts
from tests.picture_samples import corners, encoded, quarters
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.organisations.models import Organisation
from trousseau.organisations.policies import DETAILS
from trousseau.pictures import MAX_UPLOAD_BYTES

PAGE, PHOTO = "/leia/settings/details/", "/leia/settings/photo/"
FILLED = {
    "description": "Mère de Léo & Lisa <3",
    "phone": "04 95 00 00 00",
    "mobile": "+33 6 12 34 56 78",
    "address": "1, route de l'église",
    "postal_code": "20221",
    "city": "Cervione",
    "birth_date": "1980-02-29",
    "language": "en",
}
COLUMNS = (*FILLED, "photo")


@pytest.fixture(autouse=True)
def _folder_of_its_own(settings: Settings, tmp_path: Path) -> None:
    local = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": local}


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com", language="en")


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def kept(account: Account) -> dict[str, Any]:
    account.refresh_from_db()
    return {name: getattr(account, name) for name in COLUMNS}


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_details_visitor_signs_in_first(leia: Organisation) -> None:
    for path in (PAGE, PHOTO):
        answer = new_browser().get(path)
        assert answer.headers["Location"].startswith(f"/{leia.slug}/sign-in/?next=")
    assert new_browser().post(PAGE, FILLED).headers["Location"] == "/leia/sign-in/"


def test_details_are_kept_and_shown_again(ada: Account) -> None:
    browser = signed_in(ada)
    answer = browser.post(PAGE, FILLED)
    assert answer.headers["Location"] == PAGE
    assert kept(ada) == {**FILLED, "birth_date": date(1980, 2, 29), "photo": ""}
    page = browser.get(PAGE)
    assert "Your details are saved." in main_text(page)
    assert texts(page, "textarea") == [FILLED["description"]]
    shown = {name: attributes(page, f"input[name={name}]", "value") for name in FILLED}
    plain = {
        name: [value] for name, value in FILLED.items() if name not in {"description", "language"}
    }
    assert {name: shown[name] for name in plain} == plain
    assert find_parse_errors(page.content.decode()) == []


def test_details_trail_says_which_changed_and_not_what_they_are(ada: Account) -> None:
    """LOG-02."""
    signed_in(ada).post(PAGE, {**FILLED, "language": "en"})
    (event,) = Event.objects.filter(tag="user_updated")
    assert sorted(event.facts["details"]) == sorted(set(FILLED) - {"language"})
    assert "Cervione" not in str(vars(event))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call me"),
        ("phone", "1" * 31),
        ("mobile", "06 12 34 56 78 <script>"),
        ("mobile", "+"),
        ("description", "x" * 1001),
        ("address", "x" * 301),
        ("postal_code", "x" * 13),
        ("city", "x" * 101),
        ("birth_date", "29/02/1980"),
        ("birth_date", "1981-02-29"),
        ("birth_date", "1899-12-31"),
        ("birth_date", "9999-12-31"),
        ("language", "de"),
        ("city", "nul\x00"),
    ],
)
def test_details_what_cannot_be_is_refused_beside_its_field(
    ada: Account, field: str, value: str
) -> None:
    """VAL-01, ACC-07: the rest of what was typed is still there, and nothing is kept."""
    before = kept(ada)
    answer = signed_in(ada).post(PAGE, {**FILLED, field: value})
    assert answer.status_code == 200
    assert len(texts(answer, f"#id_{field}_error")) == len(alerts(answer)) == 1
    if field != "description":
        assert texts(answer, "textarea") == [FILLED["description"]]
    assert kept(ada) == before


def test_details_born_today_is_possible_and_tomorrow_is_not(
    ada: Account, travel: StoppedClock
) -> None:
    today = travel.moment.date()
    browser = signed_in(ada)
    assert browser.post(PAGE, {**FILLED, "birth_date": today.isoformat()}).status_code == 303
    tomorrow = travel(days=1).date()
    travel(days=-1)
    assert browser.post(PAGE, {**FILLED, "birth_date": tomorrow.isoformat()}).status_code == 200


def test_details_description_of_two_megabytes_is_refused_and_kept_in_sight(ada: Account) -> None:
    """VAL-09, ERR-01: somebody who pasted a book gets it back, with a word on what is wrong."""
    book = "Il était une fois. " * 111_000
    assert len(book) > 2 * 1024 * 1024
    answer = signed_in(ada).post(PAGE, {**FILLED, "description": book})
    assert answer.status_code == 200
    assert len(texts(answer, "#id_description_error")) == 1
    assert texts(answer, "textarea") == [book.strip()]
    assert kept(ada)["description"] == ""


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("right", ["seen", "hidden"])
def test_details_the_role_may_not_change_stay(ada: Account, detail: str, right: str) -> None:
    """A8.2.1: forging the form does not help."""
    ada.organisation.details_policy = {"guardian": {detail: right}}
    ada.organisation.save()
    Account.objects.filter(pk=ada.pk).update(city="Bastia", phone="04", language="en")
    before = kept(ada)
    browser = signed_in(ada)
    picture = upload(encoded(quarters(), "JPEG"))
    assert browser.post(PAGE, {**FILLED, "photo": picture}).status_code == 303
    governed = {"address": ("address", "postal_code", "city")}.get(detail, (detail,))
    after = kept(ada)
    assert {name: after[name] for name in COLUMNS if name in governed} == {
        name: before[name] for name in COLUMNS if name in governed
    }
    assert [
        name for name in COLUMNS if name not in (*governed, "language") and not after[name]
    ] == []
    page = browser.get(PAGE)
    fields = set(attributes(page, "form[enctype] [name]", "name"))
    assert fields & set(governed) == set()
    if detail in {"address", "phone"}:
        value = {"address": "Bastia", "phone": "04"}[detail]
        assert (value in texts(page, "main dd")) == (right == "seen")


def test_details_of_another_role_are_its_own(leia: Organisation) -> None:
    leia.details_policy = {"pupil": {"phone": "hidden"}}
    leia.save()
    guardian, pupil = make_account(leia, "ada"), make_account(leia, "leo", role=Role.PUPIL)
    pages = [signed_in(one).get(PAGE) for one in (guardian, pupil)]
    assert [attributes(page, "[name=phone]", "name") for page in pages] == [["phone"], []]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_photo_is_shown_as_a_small_square(ada: Account, tmp_path: Path, file_format: str) -> None:
    """VAL-09."""
    browser = signed_in(ada)
    assert browser.get(PHOTO).status_code == 404
    photo = upload(encoded(quarters(), file_format), "../../etc/passwd")
    assert browser.post(PAGE, {**FILLED, "photo": photo}).status_code == 303
    answer = browser.get(PHOTO)
    assert answer.headers["Content-Type"] == "image/webp"
    assert "no-store" in answer.headers["Cache-Control"]
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
    assert corners(answer.content) == ["red", "lime", "blue", "yellow"]
    (file,) = files(tmp_path)
    assert file.parent == tmp_path / "photos"


def test_photo_new_one_takes_the_place_of_the_former(ada: Account, tmp_path: Path) -> None:
    """SEC-02: the former file is gone."""
    browser = signed_in(ada)
    for colour in ("red", "blue"):
        picture = encoded(Image.new("RGB", (300, 300), colour), "PNG")
        browser.post(PAGE, {**FILLED, "photo": upload(picture)})
    assert corners(browser.get(PHOTO).content) == ["blue"] * 4
    assert len(files(tmp_path)) == 1
    browser.post(PAGE, {**FILLED, "remove_photo": "on"})
    assert browser.get(PHOTO).status_code == 404
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 not a photo", "This file is not a photo. Choose a JPEG, PNG or WebP picture."),
        (
            b"<svg onload='alert(1)'/>",
            "This file is not a photo. Choose a JPEG, PNG or WebP picture.",
        ),
        (
            encoded(quarters(), "GIF"),
            "This file is not a photo. Choose a JPEG, PNG or WebP picture.",
        ),
        (encoded(quarters(), "JPEG")[:2000], "This photo is damaged. Choose another one."),
        (
            b"\xff\xd8\xff" + b"\x00" * MAX_UPLOAD_BYTES,
            "This photo is too large. Choose one of less than 8 MB.",
        ),
    ],
    ids=["pdf", "svg", "gif", "cut", "large"],
)
def test_photo_that_is_none_is_refused_and_the_rest_stays_in_sight(
    ada: Account, tmp_path: Path, content: bytes, said: str
) -> None:
    """VAL-09."""
    answer = signed_in(ada).post(PAGE, {**FILLED, "photo": upload(content)})
    assert alerts(answer) == [said]
    assert texts(answer, "textarea") == [FILLED["description"]]
    assert files(tmp_path) == []
    assert kept(ada)["photo"] == ""


def test_photo_is_seen_by_its_owner_alone(ada: Account, tmp_path: Path) -> None:
    """A8.2.2: there is no address at which anybody else could ask for it."""
    signed_in(ada).post(PAGE, {**FILLED, "photo": upload(encoded(quarters(), "JPEG"))})
    (file,) = files(tmp_path)
    neighbours: list[Client] = [
        new_browser(),
        signed_in(make_account(ada.organisation, "leo")),
        signed_in(make_account(ada.organisation, "admin", role=Role.ADMINISTRATOR)),
        signed_in(make_account(make_organisation("bastia", "Bastia"), "ada")),
    ]
    for browser in neighbours:
        for path in (
            PHOTO,
            "/bastia/settings/photo/",
            f"/media/photos/{file.name}",
            f"/photos/{file.name}",
        ):
            answer = browser.get(path, {"account": ada.public_id, "id": str(ada.pk)})
            assert answer.status_code in {302, 404}
            assert b"WEBP" not in answer.content


def test_photo_whose_file_is_gone_is_absent(ada: Account, tmp_path: Path) -> None:
    browser = signed_in(ada)
    browser.post(PAGE, {**FILLED, "photo": upload(encoded(quarters(), "JPEG"))})
    for file in files(tmp_path):
        file.unlink()
    assert browser.get(PHOTO).status_code == 404
    assert browser.get(PAGE).status_code == 200
