"""Find an organisation by slug or host name, remembered for a few seconds in each process.

A visitor's page asks for the same organisation thousands of times an hour; a change shows at
once in the process that makes it and within `REMEMBERED_SECONDS` in the others.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db.models.signals import post_delete, post_save

from trousseau.organisations import picker
from trousseau.organisations.models import Organisation, OrganisationHost
from trousseau.ui import visitor_pages

REMEMBERED_SECONDS = 10.0
REMEMBERED_ENTRIES = 2000
# What can be a name at all: the rest is neither asked of the database nor remembered.
_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_HOST = re.compile(r"[a-z0-9.-]{1,253}")


T = TypeVar("T")


class _Memory(Generic[T]):
    """Answers of one question, absences included, so that guessing costs no query either."""

    def __init__(self, ask: Callable[[str], T]) -> None:
        self._ask = ask
        self._answers: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, name: str) -> T:
        known = self._answers.get(name)
        if known and known[0] > time.monotonic():
            return known[1]
        answer = self._ask(name)
        self._answers[name] = (time.monotonic() + REMEMBERED_SECONDS, answer)
        while len(self._answers) > REMEMBERED_ENTRIES:
            self._answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        self._answers.clear()


def _ask_slug(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug, active=True).first()


def _ask_host(host: str) -> Organisation | None:
    return Organisation.objects.filter(hosts__name=host, active=True).first()


def _ask_own_host(slug: str) -> str:
    hosts = OrganisationHost.objects.filter(organisation__slug=slug).order_by("pk")
    return hosts.values_list("name", flat=True).first() or ""


_slugs = _Memory(_ask_slug)
_own_hosts = _Memory(_ask_own_host)
_hosts = _Memory(_ask_host)


def by_slug(slug: str) -> Organisation | None:
    """Return the active organisation with this slug."""
    return _slugs.get(slug) if _SLUG.fullmatch(slug) else None


def by_host(host: str) -> Organisation | None:
    """Return the active organisation that owns this host name (lower case, no port)."""
    return _hosts.get(host) if _HOST.fullmatch(host) else None


def own_host(organisation: Organisation) -> str:
    """Return the first host name of the organisation's own, or nothing."""
    return _own_hosts.get(organisation.slug)


def forget() -> None:
    """Forget every answer and every kept page of this process."""
    _slugs.clear()
    _hosts.clear()
    _own_hosts.clear()
    picker.forget()
    visitor_pages.forget_all()


def follow_changes() -> None:
    """Forget whenever an organisation or a host name changes in this process."""
    for model in (Organisation, OrganisationHost):
        for signal in (post_save, post_delete):
            signal.connect(_on_change, sender=model, weak=False, dispatch_uid="organisations")


def _on_change(**_: object) -> None:
    forget()
