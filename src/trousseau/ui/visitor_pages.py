"""Visitors' pages are the same bytes for everybody: rendered once, kept compressed in memory.

A page marked with `visitor_page` holds no token, sets no cookie, opens no session. It is kept
for a few seconds under everything it may depend on (host, path, language), and served before
any other middleware runs. Whoever is signed in, or asks with a query, gets it rendered anew.
"""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from itertools import chain
from typing import Any, NamedTuple, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from trousseau.ui import carried
from trousseau.ui.language import SPOKEN, best_of_browser

V = TypeVar("V", bound=Callable[..., HttpResponse])
KEPT_SECONDS = 10.0
KEPT_BYTES = 8 * 1024 * 1024
CACHE_CONTROL = f"public, max-age=0, s-maxage={int(KEPT_SECONDS)}, must-revalidate"

# Whoever brings one of these sees something of their own.
PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, carried.USERNAME, carried.LEFT}


def visitor_page(view: V) -> V:
    """Mark a view whose page is the same for every visitor in one language."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.visitor_page = request.method in {"GET", "HEAD"}  # type: ignore[attr-defined]
        return response

    return cast("V", marked)


class Answer(NamedTuple):
    """A whole answer: status, headers, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class _Kept:
    plain: bytes
    packed: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    until: float

    def size(self, key: tuple[str, ...]) -> int:
        words = sum(len(word) for word in (*key, *chain(*self.headers)))
        return len(self.plain) + len(self.packed) + words

    def answer(self, environ: Mapping[str, Any]) -> Answer:
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and self.etag in parse_etags(asked):
            return Answer(HTTPStatus.NOT_MODIFIED, [*self.headers], b"")
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Answer(HTTPStatus.OK, [*self.headers, ("Content-Encoding", "gzip")], self.packed)
        return Answer(HTTPStatus.OK, [*self.headers], self.plain)


class _Shelf:
    """The kept pages, the oldest thrown away first beyond the memory allowed."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...]) -> _Kept | None:
        page = self._pages.get(key)
        return page if page and page.until > time.monotonic() else None

    def put(self, key: tuple[str, ...], page: _Kept) -> None:
        with self._lock:
            former = self._pages.pop(key, None)
            self._size += page.size(key) - (former.size(key) if former else 0)
            self._pages[key] = page
            while self._size > KEPT_BYTES:
                name, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size(name)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0


_shelf = _Shelf()


def forget_all() -> None:
    """Throw every kept page away: an organisation was changed in this process."""
    _shelf.clear()


def kept(environ: Mapping[str, Any]) -> Answer | None:
    """Answer a request from memory, if its page is kept; it costs microseconds and blocks nobody.

    `environ` is that of WSGI, without headers that only a proxy of ours may set.
    """
    page = _shelf.get(_key(environ)) if _may_be_kept(environ) else None
    return page.answer(environ) if page else None


class VisitorPages:
    """Serve kept pages before anything else runs, and keep the pages that views mark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from memory, or pass on and keep what comes back."""
        answer = kept(request.META)
        if answer is None:
            response = self._get_response(request)
            is_common = (
                getattr(response, "visitor_page", False)
                and response.status_code == HTTPStatus.OK
                and _may_be_kept(request.META)
            )
            if not is_common:
                return _private(response)
            page = _page(response)
            _shelf.put(_key(request.META), page)
            answer = page.answer(request.META)
        return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def _may_be_kept(environ: Mapping[str, Any]) -> bool:
    return (
        environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and not environ.get("QUERY_STRING")
        and not PERSONAL_COOKIES & _cookies(environ).keys()
    )


def _cookies(environ: Mapping[str, Any]) -> dict[str, str]:
    return parse_cookie(environ.get("HTTP_COOKIE", ""))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Keep everything else out of caches, unless its view knows better (SES-12).

    No view knows of a cookie that goes with its answer, say one that ends a session.
    """
    if response.cookies or "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store, private"
    return response


def _key(environ: Mapping[str, Any]) -> tuple[str, ...]:
    # Each part is one of few: nobody can fill the shelf with variants of one page.
    host, _ = split_domain_port(environ.get("HTTP_HOST", ""))
    chosen = _cookies(environ).get(settings.LANGUAGE_COOKIE, "")
    return (
        host,
        "https" if environ.get("HTTP_X_FORWARDED_PROTO") == "https" else "",
        environ["PATH_INFO"],
        chosen if chosen in SPOKEN else "",
        best_of_browser(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
    )


def _page(response: Any) -> _Kept:
    plain = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        plain = gzip.decompress(plain)
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    patch_vary_headers(response, ["Accept-Encoding", "Accept-Language", "Cookie"])
    headers = dict(response.items())
    for varying in ("Content-Encoding", "Content-Length", "Set-Cookie"):
        headers.pop(varying, None)
    headers |= {"ETag": etag, "Cache-Control": CACHE_CONTROL}
    packed = gzip.compress(plain, 9, mtime=0)
    return _Kept(plain, packed, tuple(headers.items()), etag, time.monotonic() + KEPT_SECONDS)
