"""A real `trousseau serve`, and a browser that speaks to it."""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from types import MappingProxyType
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.faults.processes import DEADLINE_SECONDS, Process, wait_until

# What a browser meets when the process that was to answer is gone.
Cut = (HTTPException, OSError)


class Web(Process):
    """One process that serves, and its parent, which replaces it when it is killed."""

    def __init__(
        self, database_url: str, folder: Path, points: Iterable[str] = (), **variables: str
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        places = {
            "TROUSSEAU_DATABASE_URL": database_url,
            "TROUSSEAU_BASE_URL": self.url,
            "TROUSSEAU_WEB_PORT": str(port),
            "TROUSSEAU_WEB_PROCESSES": "1",
        }
        super().__init__("serve", places | variables, folder, points)

    def wait_until_ready(self) -> None:
        """Wait for the first page, or for the process that takes a killed one's place.

        A process that dies twice within seconds is not replaced: the parent ends with status 1,
        and systemd starts it again (`Restart=on-failure`).
        """
        wait_until(lambda: self._answers() or self._process.poll() is not None, self.log)
        if self._process.poll() is not None:
            assert self._process.returncode == 1, self.log()
            self.start()
            wait_until(self._answers, self.log)

    def _answers(self) -> bool:
        try:
            return Browser(self.url).get("/health/live").status == 200
        except Cut:
            return False


@dataclass(frozen=True)
class Page:
    status: int
    text: str


@dataclass
class Browser:
    """Follows redirects, keeps cookies, and tells what it sees or raises one of `Cut`."""

    base: str
    cookies: CookieJar = field(default_factory=CookieJar)
    # Where the last page was found.
    address: str = ""

    def get(self, path: str) -> Page:
        return self._open(path)

    def post(self, path: str, **fields: str) -> Page:
        return self._open(path, urlencode(fields).encode(), {"Origin": self.base})

    def post_file(self, path: str, name: str, content: bytes, **fields: str) -> Page:
        """Send a form with one file."""
        line = "----------a-line-between"
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode()
            for key, text in fields.items()
        ]
        head = (
            f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="photo.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = b"".join([*parts, head.encode(), content, f"\r\n--{line}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={line}"
        return self._open(path, body, {"Origin": self.base, "Content-Type": kind})

    def _open(
        self,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Page:
        url = path if path.startswith(self.base) else self.base + path
        request = Request(url, body, {"Accept-Language": "en", **headers})  # noqa: S310 - http alone
        opener = build_opener(HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
                self.address = answer.url
                return Page(answer.status, answer.read().decode())
        except HTTPError as error:
            with error:
                self.address = error.url
                return Page(error.code, error.read().decode())
