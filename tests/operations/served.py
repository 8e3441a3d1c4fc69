"""Serve an application that tells what reached it, the way the product is served.

Run by test_gateway.py: `python -m tests.operations.served PORT BODY_SECONDS`.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/failure":
        raise RuntimeError("on purpose")
    told: dict[str, Any] = {k: text for k, text in environ.items() if isinstance(text, str)}
    told |= {"length": len(body), "digest": hashlib.sha256(body).hexdigest()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


if __name__ == "__main__":
    import django

    django.setup()
    from trousseau.operations import gateway, web

    gateway.BODY_SECONDS = float(sys.argv[2])
    web.run(echo, "127.0.0.1", int(sys.argv[1]), 1, patience=5)
