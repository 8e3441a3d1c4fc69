"""A server on this machine that answers HTTP however a test wishes, well or badly."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

REQUEST_END = b"\r\n\r\n"


def answered(body: str | bytes, status: str = "200 OK", headers: str = "") -> list[bytes]:
    content = body.encode() if isinstance(body, str) else body
    length = f"Content-Length: {len(content)}\r\n"
    return [f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + content]


class LyingServer:
    """Says the same to everybody; `drip` makes it wait between two pieces of what it says."""

    def __init__(self) -> None:
        self.says: Iterable[bytes] = []
        self.drip = 0.0
        self.requests: list[str] = []
        self.stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/cas"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._converse, args=(line,), daemon=True).start()

    def _converse(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            heard = b""
            while REQUEST_END not in heard:
                heard += line.recv(65536)
            self.requests.append(heard.decode())
            for piece in self.says:
                line.sendall(piece)
                if self.stopped.wait(self.drip):
                    return

    def stop(self) -> None:
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def running() -> Iterator[LyingServer]:
    server = LyingServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.stop()
    thread.join()
