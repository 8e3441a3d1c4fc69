"""One run of `make faults`: people who recover, a killer, and what is left at the end."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import environ
from pathlib import Path

from django.db import connection
from django.db.models import Count, Q

from tests.factories import ANOTHER_PASSWORD, PASSWORD, make_account, make_organisation
from tests.faults.people import nothing_left, secrets_in
from tests.faults.processes import Clock, Process, Worker
from tests.faults.web import Browser, Cut, Page, Web
from tests.sink import Kept, Sink, Turn
from trousseau.accounts.models import Account
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.mail.models import Message
from trousseau.recovery.models import RecoveryRequest

PEOPLE, AT_ONCE = 40, 8
KILLING_SECONDS = 12.0
# Between two kills, on average.
PAUSE_SECONDS = 0.4
VICTIMS = (*["worker"] * 4, *["web process"] * 2, "web parent")
# A mail server looks at what it is given: most of a mail's time is the server's.
SCAN_SECONDS = 0.1
PATIENCE_SECONDS = 150.0


async def scan(_turn: Turn) -> None:
    await asyncio.sleep(SCAN_SECONDS)


class Run:
    """A membership of its own with forty people, on a database that earlier runs have used."""

    def __init__(self, number: int, chance: random.Random, folder: Path, clock: Clock) -> None:
        self._chance, self._folder, self._clock = chance, folder, clock
        self._slug = f"school-{number}"
        school = make_organisation(self._slug, f"School {number}")
        self._emails = [f"p{one}-{number}@example.org" for one in range(PEOPLE)]
        for email in self._emails:
            make_account(school, email, email=email)
        self._sink = Sink({"DATA": scan})
        self._counts = Counter[str]()

    def counted(self) -> Counter[str]:
        """Do it, and count."""
        with self._sink.listening(), self._processes() as (web, workers):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                everybody = [pool.submit(self._recovers, web.url, one) for one in self._emails]
                self._kill_at_random(web, workers)
                # Wakes them, too: those who wait for the dead wait no longer.
                self._clock.jump(minutes=3)
                self._counts["lost"] = [one.result() for one in everybody].count(False)
            waited_for(nothing_left)
        self._count_what_is_left()
        return self._counts

    @contextmanager
    def _processes(self) -> Iterator[tuple[Web, list[Process]]]:
        url, clock = environ["TROUSSEAU_DATABASE_URL"], self._clock.variables
        with (
            Web(url, self._folder, **clock) as web,
            Worker(url, self._sink.url, self._folder, "", **clock) as one,
            Worker(url, self._sink.url, self._folder, "", **clock) as other,
        ):
            web.wait_until_ready()
            yield web, [one, other]

    def _kill_at_random(self, web: Web, workers: list[Process]) -> None:
        end = time.monotonic() + KILLING_SECONDS
        while time.monotonic() < end:
            time.sleep(self._chance.expovariate(1 / PAUSE_SECONDS))
            victim = self._chance.choice(VICTIMS)
            self._counts[f"killed {victim}"] += 1
            if victim == "web process":
                web.kill_child(self._chance)
            else:
                process = self._chance.choice(workers) if victim == "worker" else web
                process.kill()
                process.start()
            if web.has_ended:
                # It gives up on a child that dies again and again; systemd starts it anew.
                web.start()
        web.wait_until_ready()

    def _recovers(self, url: str, email: str) -> bool:
        """Ask, follow the link, choose a password: each again and again until it is done."""
        person = Person(url, self._slug, email, self._sink, self._counts)
        try:
            return (
                waited_for(person.asks)
                and waited_for(person.chooses)
                and waited_for(lambda: person.opens_with(ANOTHER_PASSWORD))
                and not person.opens_with(PASSWORD)
            )
        finally:
            connection.close()

    def _count_what_is_left(self) -> None:
        counts = self._counts
        requests = RecoveryRequest.objects.filter(organisation__slug=self._slug)
        messages = Message.objects.filter(organisation=self._slug)
        counts["asked"] = requests.count()
        counts["answered"] = requests.exclude(answer="").count()
        counts["without outcome"] = (
            requests.filter(answer="").count()
            + messages.filter(Q(state__in=["queued", "deferred"])).count()
        )
        with_links = [kept for kept in self._sink.kept if secrets_in(kept)]
        others = [kept for kept in self._sink.kept if not secrets_in(kept)]
        for name, mails in (("links", with_links), ("notices", others)):
            counts[name] = len(mails)
            # The same message, by the one sign that a retry keeps.
            counts[f"{name} twice"] = len(mails) - len({kept.mail["Message-ID"] for kept in mails})
        accounts = Account.objects.filter(organisation__slug=self._slug)
        counts["recovered"] = sum(account.check_password(ANOTHER_PASSWORD) for account in accounts)
        used = (
            Event.objects.filter(tag=Tag.RECOVERY_DONE, organisation=self._slug)
            .values("subject")
            .annotate(times=Count("pk"))
        )
        counts["used twice"] = sum(one["times"] - 1 for one in used)


class Person:
    """Somebody who has forgotten a password, and does again what has not come through."""

    def __init__(self, url: str, slug: str, email: str, sink: Sink, counts: Counter[str]) -> None:
        self._browser, self._slug, self._email = Browser(url), slug, email
        self._sink, self._counts = sink, counts

    def asks(self) -> bool:
        page = self._tried(lambda: self._browser.post(f"/{self._slug}/recover/", email=self._email))
        return page is not None and page.status == 200

    def chooses(self) -> bool:
        """Follow the newest link; true once a new password is set, though nobody said so."""
        links = [secrets_in(kept) for kept in self._mails()]
        if not any(links):
            return False
        path = f"/{self._slug}/pwd/{[one for one in links if one][-1][0]}/"
        self._tried(lambda: self._chosen(path))
        return self.opens_with(ANOTHER_PASSWORD)

    def opens_with(self, password: str) -> bool:
        return Account.objects.get(username=self._email).check_password(password)

    def _mails(self) -> list[Kept]:
        return [kept for kept in list(self._sink.kept) if kept.recipient == self._email]

    def _chosen(self, path: str) -> Page:
        form = self._browser.get(path)
        if form.status != 200:
            return form
        return self._browser.post(
            self._browser.address,
            new_password=ANOTHER_PASSWORD,
            new_password_again=ANOTHER_PASSWORD,
        )

    def _tried(self, deed: Callable[[], Page]) -> Page | None:
        try:
            return deed()
        except Cut:
            self._counts["cut"] += 1
            return None


def waited_for(condition: Callable[[], bool]) -> bool:
    """Look again and again; false past all patience."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
