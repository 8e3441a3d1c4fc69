"""Applications' own servers, for single logout notices and callbacks."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Application:
    """An application's server: what it was sent, and what it answers."""

    url: str = ""
    status: int = 200
    location: str = ""
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    fetched: list[dict[str, list[str]]] = field(default_factory=list)


@contextmanager
def running_application(context: ssl.SSLContext | None = None) -> Iterator[Application]:
    """Serve on a port of this machine until the test is over."""
    application = Application()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            application.posted.append(parse_qs(body))
            self.answer()

        def do_GET(self) -> None:
            application.fetched.append(parse_qs(urlsplit(self.path).query))
            self.answer()

        def answer(self) -> None:
            self.send_response(application.status)
            if application.location:
                self.send_header("Location", application.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that does not trust us is no trouble of ours."""

    server = Server(("localhost", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if context else "http"
    application.url = f"{scheme}://localhost:{server.server_port}/app/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield application
    server.shutdown()
    thread.join()
    server.server_close()
