"""The web process killed by `kill -9` at every boundary of a recovery, from form to notice.

What its transaction had not committed never was; what it had, is done, though nobody was told. In
either case the person does the same again, and gets in.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.factories import ANOTHER_PASSWORD, PASSWORD, make_account, make_organisation
from tests.faults.web import Browser, Cut, Page, Web
from tests.sink import Sink
from trousseau.accounts.models import Account, Credential
from trousseau.mail.models import Message
from trousseau.recovery.models import RecoveryRequest
from trousseau.work import loop

COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper._commit"
# At the call of which function the process dies, and what is in the database by then: requests
# while asking; whether the link was opened; whether it was used.
ASKING = {
    "form read": ("trousseau.recovery.services.asking:request_recovery", 0),
    "request written": ("trousseau.work.wakeups:notify", 0),
    "about to commit the request": (COMMIT, 0),
    "request committed, nobody told": ("trousseau.ui.carried:put", 1),
}
OPENING = {
    "link followed": ("trousseau.recovery.services.choosing:visit", False),
    "opening noted, nobody told": ("trousseau.ui.link_secrets:moved", True),
}
CHOOSING = {
    "password read": ("trousseau.accounts.hashing:hashed", False),
    "password hashed": ("trousseau.accounts.services.credentials:take_turns", False),
    "link used": ("trousseau.accounts.services.passwords:store", False),
    "password written": ("trousseau.mail.outbox:queue", False),
    "about to commit password and notices": (COMMIT, False),
    "password committed, nobody told": ("trousseau.recovery.views:_done", True),
}


@dataclass
class Person:
    """Somebody who has forgotten a password, at a browser, and what is known of them."""

    account: Account
    email: str
    browser: Browser
    sink: Sink

    def ask(self) -> Page:
        return self.browser.post("/leia/recover/", email=self.email)

    def requests(self) -> int:
        return RecoveryRequest.objects.filter(address_key=self.email).count()

    def mails(self) -> list[str]:
        return [kept.text for kept in self.sink.kept if kept.recipient == self.email]

    def link(self) -> str:
        """Have the worker do its duties; return the path of the one link that has come."""
        loop.run_due()
        (text,) = self.mails()
        return str(re.findall(r"http://[^/\s]+(/\S+/[\w-]{32}/)", text)[0])

    def credential(self) -> Credential:
        return self.account.credentials.get()

    def choose(self, link: str) -> Page:
        form = self.browser.get(link)
        if form.status != 200:
            return form
        return self.browser.post(
            self.browser.address,
            new_password=ANOTHER_PASSWORD,
            new_password_again=ANOTHER_PASSWORD,
        )

    def opens_with(self, password: str) -> bool:
        return Account.objects.get(pk=self.account.pk).check_password(password)


class Scene:
    """One installation for all boundaries; each is met by a person of its own."""

    def __init__(self, web: Web, sink: Sink) -> None:
        self.web, self.sink = web, sink
        self.leia = make_organisation()
        web.wait_until_ready()

    def person(self, number: int) -> Person:
        email = f"p{number}@example.org"
        account = make_account(self.leia, f"p{number}", email=email)
        return Person(account, email, Browser(self.web.url), self.sink)

    def dies(self, point: str, deed: object) -> None:
        """See the process die of the deed, and another one take its place."""
        assert callable(deed)
        self.web.die_at(point)
        with pytest.raises(Cut):
            deed()
        assert self.web.has_died
        self.web.wait_until_ready()

    def assert_recovered_once(self, person: Person, link: str) -> None:
        """The new password holds, the link is spent, and one notice tells of it."""
        assert person.opens_with(ANOTHER_PASSWORD)
        assert Browser(self.web.url).get(link).status == 410
        loop.run_due()
        assert len(person.mails()) == 2
        assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
        assert not RecoveryRequest.objects.filter(answer="").exists()


@pytest.fixture
def scene(shared_database: str, sink: Sink, tmp_path: Path):
    points = {point for stage in (ASKING, OPENING, CHOOSING) for point, _ in stage.values()}
    with Web(shared_database, tmp_path, points) as web:
        yield Scene(web, sink)


def test_web_killed_while_somebody_asks(scene: Scene, subtests: pytest.Subtests) -> None:
    """REC-03: asked once more, one mail comes, whatever had been written."""
    for number, (boundary, (point, requests)) in enumerate(ASKING.items()):
        with subtests.test(boundary):
            person = scene.person(number)
            scene.dies(point, person.ask)
            assert person.requests() == requests
            assert person.ask().status == 200
            link = person.link()
            assert person.choose(link).status == 200
            scene.assert_recovered_once(person, link)


def test_web_killed_while_somebody_follows_the_link(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """REC-12: opening uses nothing up, also when nobody sees the page."""
    for number, (boundary, (point, opened)) in enumerate(OPENING.items()):
        with subtests.test(boundary):
            person = scene.person(number)
            person.ask()
            link = person.link()
            scene.dies(point, lambda: person.browser.get(link))  # noqa: B023 - called at once
            assert (person.credential().opened_at is not None) is opened
            assert person.choose(link).status == 200
            scene.assert_recovered_once(person, link)


def test_web_killed_while_somebody_chooses_a_password(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """REC-07: both or neither, the link used and the password set; and never used twice."""
    for number, (boundary, (point, done)) in enumerate(CHOOSING.items()):
        with subtests.test(boundary):
            person = scene.person(number)
            person.ask()
            link = person.link()
            scene.dies(point, lambda: person.choose(link))  # noqa: B023 - called at once
            assert (person.credential().used_at is not None) is done
            assert person.opens_with(ANOTHER_PASSWORD if done else PASSWORD)
            assert person.choose(link).status == (410 if done else 200)
            scene.assert_recovered_once(person, link)
