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
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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


@dataclass(frozen=True)
class _Kept:
    plain: bytes
    packed: bytes
    headers: dict[str, str]
    etag: str
    until: float

    def size(self, key: tuple[str, ...]) -> int:
        words = sum(len(word) for word in (*key, *self.headers, *self.headers.values()))
        return len(self.plain) + len(self.packed) + words

    def response(self, request: HttpRequest) -> HttpResponse:
        asked = request.META.get("HTTP_IF_NONE_MATCH")
        if asked and self.etag in parse_etags(asked):
            response = HttpResponse(status=304)
        elif "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            response = HttpResponse(self.packed)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = HttpResponse(self.plain)
        for name, value in self.headers.items():
            response.headers[name] = value
        return response


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


class VisitorPages:
    """Serve kept pages before anything else runs, and keep the pages that views mark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from memory, or pass on and keep what comes back."""
        if not self._may_be_kept(request):
            return self._private(self._get_response(request))
        key = self._key(request)
        page = _shelf.get(key)
        if page is None:
            response = self._get_response(request)
            if (
                not getattr(response, "visitor_page", False)
                or response.status_code != HTTPStatus.OK
            ):
                return self._private(response)
            page = self._kept(response)
            _shelf.put(key, page)
        return page.response(request)

    @staticmethod
    def _may_be_kept(request: HttpRequest) -> bool:
        return (
            request.method in {"GET", "HEAD"}
            and not request.META.get("QUERY_STRING")
            and not PERSONAL_COOKIES & request.COOKIES.keys()
        )

    @staticmethod
    def _private(response: HttpResponseBase) -> HttpResponseBase:
        """Keep everything else out of caches, unless its view knows better (SES-12).

        No view knows of a cookie that goes with its answer, say one that ends a session.
        """
        if response.cookies or "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store, private"
        return response

    @staticmethod
    def _key(request: HttpRequest) -> tuple[str, ...]:
        # Each part is one of few: nobody can fill the shelf with variants of one page.
        host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE, "")
        return (
            host,
            "https" if request.META.get("HTTP_X_FORWARDED_PROTO") == "https" else "",
            request.path_info,
            chosen if chosen in SPOKEN else "",
            best_of_browser(request.META.get("HTTP_ACCEPT_LANGUAGE", "")),
        )

    @staticmethod
    def _kept(response: Any) -> _Kept:
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
        return _Kept(plain, packed, headers, etag, time.monotonic() + KEPT_SECONDS)
