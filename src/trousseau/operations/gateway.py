"""What stands between Granian and the application: a request costs a thread once it is whole.

Granian's own WSGI side gives a thread to a request whose body has yet to come, and waits for
it without end: as many half-sent forms as there are threads stop the site. Here bodies arrive
beside each other under a deadline, and only then a thread runs the application.
"""

import asyncio
import io
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian.rsgi import Scope

from trousseau.ui import body_limit

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[str, str]], bytes]
AtOnce = Callable[[dict[str, Any]], Answer | None]

HEADER_BYTES = 16 * 1024
BODY_SECONDS = 20.0
# A photo over a poor connection.
LARGE_BODY_SECONDS = 120.0
LARGE_BODIES_AT_ONCE = 16
_REFUSALS = {
    400: "La demande est incomplète.\nThe request is damaged.\n",
    408: "La demande n'est pas arrivée à temps. Réessayez.\n"
    "The request did not arrive in time. Try again.\n",
    431: "La demande porte trop d'en-têtes. Effacez les cookies de ce site.\n"
    "The request has too many headers. Remove the cookies of this site.\n",
    500: "Quelque chose n'a pas marché de notre côté. Réessayez dans quelques minutes.\n"
    "Something went wrong on our side. Try again in a few minutes.\n",
    503: "Beaucoup de photos arrivent en ce moment. Réessayez dans une minute.\n"
    "Many photos are arriving right now. Try again in a minute.\n",
}


class RefusedError(Exception):
    """The request does not reach the application."""

    def __init__(self, status: int) -> None:
        """Answer with this status."""
        super().__init__(status)
        self.status = status


class Gateway:
    """Receive whole requests, then run the WSGI application in one of so many threads.

    Made in the process that serves. Bodies that the application will refuse by their announced
    length are not received at all, and bodies without an announced length count as empty.
    """

    def __init__(self, application: Application, threads: int, at_once: AtOnce) -> None:
        """Threads start as they are needed; what `at_once` can answer needs none."""
        self._application = application
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._large_bodies = 0

    async def __call__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        try:
            environ = environ_of(scope)
            if answer := self._at_once(environ):
                protocol.response_bytes(*answer)
                return
            with await self._received(environ, protocol) as body:
                environ["wsgi.input"] = body
                status, headers, content = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._run, environ
                )
        except RefusedError as refused:
            status, headers, content = _refusal(refused.status)
        except OSError:
            log.exception("no room for a body, or no way to it")
            status, headers, content = _refusal(500)
        protocol.response_bytes(status, headers, content)

    async def _received(self, environ: Mapping[str, Any], protocol: HTTPProtocol) -> IO[bytes]:
        """Return the body, a large one in a file; raise RefusedError if it does not come."""
        length = body_limit.announced(environ)
        if not length or length > body_limit.most(environ.get("HTTP_COOKIE", "")):
            return io.BytesIO()
        if length <= body_limit.USUAL:
            return await _collected(protocol, io.BytesIO(), length, BODY_SECONDS)
        if self._large_bodies >= LARGE_BODIES_AT_ONCE:
            raise RefusedError(503)
        self._large_bodies += 1
        try:
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever asked for it
            return await _collected(protocol, file, length, LARGE_BODY_SECONDS)
        finally:
            self._large_bodies -= 1

    def _run(self, environ: dict[str, Any]) -> Answer:
        """Return what the application answers, whole: every page of ours is small."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            begun.append((status, headers))

        try:
            pieces = self._application(environ, start_response)
            try:
                content = b"".join(pieces)
            finally:
                if hasattr(pieces, "close"):
                    pieces.close()
        except Exception:
            log.exception("the application failed")
            return _refusal(500)
        status, headers = begun[-1]
        return int(status.split(" ", 1)[0]), headers, content


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return a request as WSGI has it; raise RefusedError when its headers are too large.

    A name with an underscore is dropped, as nginx does: in WSGI it would pass for the one with
    hyphens, and so would get past a proxy that overwrites `X-Forwarded-For`.
    """
    headers: dict[str, str] = {}
    size = len(scope.path) + len(scope.query_string)
    for name, value in scope.headers.items():
        size += len(name) + len(value)
        if "_" not in name:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    if size > HEADER_BYTES:
        raise RefusedError(431)
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "CONTENT_TYPE": headers.pop("content-type", ""),
        "CONTENT_LENGTH": headers.pop("content-length", ""),
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


async def _collected(
    protocol: HTTPProtocol, body: IO[bytes], length: int, seconds: float
) -> IO[bytes]:
    """Return `body`, filled and rewound; raise RefusedError if it comes late or cut short."""
    try:
        async with asyncio.timeout(seconds):
            async for piece in protocol:
                body.write(piece)
    except TimeoutError as error:
        body.close()
        raise RefusedError(408) from error
    if body.tell() != length:
        body.close()
        raise RefusedError(400)
    body.seek(0)
    return body


def _refusal(status: int) -> Answer:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", "no-store, private"),
        ("Connection", "close"),
    ]
    return status, headers, _REFUSALS[status].encode()
