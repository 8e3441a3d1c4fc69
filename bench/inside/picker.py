"""Server time of the picker's search, without any network: `python -m bench.inside.picker N`.

Prints JSON: for each query, the times in milliseconds of the whole WSGI application.
"""

import io
import json
import sys
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from trousseau.wsgi import application


def main() -> None:
    """Read the queries from the standard input, time each so many times."""
    repetitions = int(sys.argv[1])
    queries: list[str] = json.load(sys.stdin)
    # The first search builds the index.
    first = _milliseconds("collège")
    times = {query: [_milliseconds(query) for _ in range(repetitions)] for query in queries}
    json.dump({"first": first, "times": times}, sys.stdout)


def _milliseconds(query: str) -> float:
    surroundings = _environ(urlencode({"q": query}))
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        statuses.append(status)

    before = time.perf_counter()
    answer = application(surroundings, start_response)
    body = b"".join(answer)
    elapsed = (time.perf_counter() - before) * 1000
    answer.close()
    if statuses != ["200 OK"] or not body.startswith(b"["):
        raise RuntimeError(f"{query!r}: {statuses} {body[:200]!r}")
    return elapsed


def _environ(query: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/memberships.json",
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(settings.WEB_PORT),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": f"127.0.0.1:{settings.WEB_PORT}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
    }


if __name__ == "__main__":
    main()
