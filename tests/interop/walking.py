"""A browser without scripts that walks through real sites: links, redirects, cookies, forms."""

from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from justhtml import JustHTML

HEADERS = [("Accept-Language", "en"), ("User-Agent", "Firefox/140 Linux")]


@dataclass(frozen=True)
class Page:
    """Where a walk has led, and what is there."""

    url: str
    status: int
    html: str

    @property
    def heading(self) -> str:
        return " ".join(self.find("h1")[0].to_text().split())

    def find(self, selector: str) -> list[Any]:
        return list(JustHTML(self.html, sanitize=False).query(selector))

    def link(self, words: str) -> str:
        """Return where the first link with these words leads."""
        found = next(one for one in self.find("a") if words in one.to_text())
        return str(urljoin(self.url, found.attrs["href"]))


class _StandStill(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Walker:
    """One person's browser."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        self._opener.addheaders = HEADERS

    def open(self, url: str, fields: dict[str, str] | None = None) -> Page:
        data = urlencode(fields).encode() if fields is not None else None
        try:
            with self._opener.open(Request(url, data), timeout=30) as response:  # noqa: S310 -- servers of the test's own
                return Page(response.url, response.status, response.read().decode())
        except HTTPError as error:
            with error:
                return Page(error.url or url, error.code, error.read().decode())

    def sent_to(self, url: str) -> str:
        """Return where a page sends the browser, without going there."""
        standing = build_opener(_StandStill, HTTPCookieProcessor(self.cookies))
        # The same browser: Apereo's session is bound to what it calls itself.
        standing.addheaders = HEADERS
        with pytest.raises(HTTPError) as redirect, standing.open(url, timeout=30):
            pass
        redirect.value.close()
        return urljoin(url, str(redirect.value.headers["Location"]))

    def send(self, page: Page, selector: str = "form", **typed: str) -> Page:
        """Fill a form in and send it."""
        form = page.find(selector)[0]
        fields = {
            one.attrs["name"]: one.attrs.get("value") or ""
            for one in form.query("input")
            if one.attrs.get("name") and one.attrs.get("type") not in {"submit", "checkbox"}
        }
        target = urljoin(page.url, form.attrs.get("action") or page.url)
        return self.open(target, fields | typed)
