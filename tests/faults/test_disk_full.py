"""No room left on the disk: for photos, for what is uploaded, and for SQLite itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from PIL import Image

from tests.factories import PASSWORD, make_account, make_organisation
from tests.faults.people import live_links, nothing_left, people
from tests.faults.processes import Worker, nudge, wait_until
from tests.faults.web import Browser, Web
from tests.sink import Sink, Turn
from trousseau.accounts.models import Account
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest

DETAILS, PHOTO = "/leia/settings/details/", "/leia/settings/photo/"
# More than the log of a few requests, less than any photo of the tests.
FULL = 8 * 1024


def picture(seed: bytes, side: int = 200) -> bytes:
    """Return a photo of noise, which no format makes small."""
    noise = Image.frombytes("L", (side, side), (seed * side * side)[: side * side])
    grain = Image.effect_noise((side, side), 90)
    output = BytesIO()
    Image.merge("RGB", (noise, grain, grain)).save(output, "JPEG", quality=95)
    return output.getvalue()


@dataclass
class Owner:
    account: Account
    browser: Browser
    media: Path

    def send(self, photo: bytes, city: str):
        return self.browser.post_file(DETAILS, "photo", photo, city=city, language="en")

    def kept(self) -> list[tuple[str, bytes]]:
        """Return the files in the storage, under the name that the account shows."""
        return [(f"photos/{file.name}", file.read_bytes()) for file in self.media.glob("photos/*")]


@pytest.fixture
def leia(shared_database: str) -> Organisation:
    return make_organisation()


@pytest.fixture
def web(shared_database: str, tmp_path: Path) -> Iterator[Web]:
    with Web(shared_database, tmp_path, TMPDIR=str(tmp_path)) as web:
        web.wait_until_ready()
        yield web


@pytest.fixture
def owner(web: Web, leia: Organisation, tmp_path: Path) -> Owner:
    ada = make_account(leia, "ada", city="Bastia")
    browser = Browser(web.url)
    assert browser.post("/leia/sign-in/", username="ada", password=PASSWORD).status == 200
    return Owner(ada, browser, tmp_path / "media")


def test_disk_full_keeps_the_former_photo_whole(web: Web, owner: Owner) -> None:
    """SEC-02, ERR-01: no part of the new one stays, and the person is told.

    With SQLite the same disk is full for the database, so that nothing at all is changed.
    """
    assert owner.send(picture(b"a"), "Corte").status == 200
    (former,) = owner.kept()
    web.limit_files(FULL)
    page = owner.send(picture(b"b"), "Calvi")
    assert owner.kept() == [former]
    web.lift_limit()
    stored = Account.objects.get(username="ada")
    assert stored.photo.name == former[0]
    if connection.vendor == "postgresql":
        assert page.status == 200
        assert "The photo could not be kept; everything else is saved." in page.text
        assert stored.city == "Calvi"
        assert f"the photo of {stored.public_id} could not be kept" in web.log()
    else:
        assert (page.status, "Try again in a few minutes" in page.text) == (500, True)
        assert stored.city == "Corte"
    assert owner.send(picture(b"c"), "Calvi").status == 200
    (present,) = owner.kept()
    assert present != former
    assert Account.objects.get(username="ada").photo.name == present[0]


def test_disk_full_for_what_is_being_uploaded_gets_a_page(web: Web, owner: Owner) -> None:
    """ERR-01: a large body waits in a file until it is whole."""
    photo = picture(b"a", 1500)
    assert len(photo) > 1024 * 1024
    web.limit_files(FULL)
    page = owner.send(photo, "Calvi")
    web.lift_limit()
    assert page.status == 500
    assert "Try again in a few minutes" in page.text
    assert owner.kept() == []
    assert "no room for a body" in web.log()
    assert owner.send(photo, "Calvi").status == 200


@pytest.mark.sqlite
def test_disk_full_for_sqlite_notes_nothing_and_says_so(
    web: Web, leia: Organisation, shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """ERR-01: once there is room, the same processes go on."""
    (email,) = people(leia, 1)
    with Worker(shared_database, sink.url, tmp_path) as worker:
        worker.wait_until_ready()
        for process in (web, worker):
            process.limit_files(FULL)
        page = Browser(web.url).post("/leia/recover/", email=email)
        assert (page.status, "Try again in a few minutes" in page.text) == (500, True)
        assert RecoveryRequest.objects.count() == 0
        web.lift_limit()
        assert Browser(web.url).post("/leia/recover/", email=email).status == 200
        wait_until(lambda: "the database does not answer" in worker.log(), worker.log)
        worker.lift_limit()
        nudge()
        wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True]}


@pytest.mark.sqlite
def test_disk_full_when_a_mail_has_left_costs_no_second_one(
    web: Web, leia: Organisation, shared_database: str, sink: Sink, tmp_path: Path
) -> None:
    """The mark is insisted on until there is room for it."""
    (email,) = people(leia, 1)
    with Worker(shared_database, sink.url, tmp_path) as worker:

        async def fill_the_disk(_turn: Turn) -> None:
            worker.limit_files(FULL)

        sink.reactions["DATA"] = fill_the_disk
        Browser(web.url).post("/leia/recover/", email=email)
        wait_until(lambda: "insisting" in worker.log(), worker.log)
        assert Message.objects.get().state == "queued"
        worker.lift_limit()
        wait_until(nothing_left, worker.log)
    assert live_links(leia, sink.kept) == {email: [True]}
