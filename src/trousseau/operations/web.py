"""The production web server: Granian, with the application loaded once and then forked."""

import gc
import logging
import multiprocessing
from typing import Any, cast

from django.conf import settings
from django.core.checks.urls import check_url_config
from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from trousseau import wsgi
from trousseau.accounts import hashing
from trousseau.audit import origin
from trousseau.operations import gateway
from trousseau.operations.gateway import Application, AtOnce, Gateway
from trousseau.operations.processes import die_with_parent
from trousseau.ui import visitor_pages

log = logging.getLogger(__name__)

# Also how long a connection may stay open between two requests.
HEADER_MILLISECONDS = 30_000


def serve(host: str, port: int, processes: int, *, patience: int = 30) -> None:
    """Serve until told to stop; requests under way are finished first, within `patience` seconds.

    The application is loaded before the processes are made, so that they share its memory.
    """
    run(_loaded_application(), host, port, processes, patience=patience, at_once=_from_memory)


def run(
    application: Application,
    host: str,
    port: int,
    processes: int,
    *,
    patience: int,
    at_once: AtOnce = lambda _: None,
) -> None:
    """Serve any WSGI application the way `serve` does with ours."""
    # Python 3.14 starts processes otherwise: nothing would be shared.
    multiprocessing.set_start_method("fork", force=True)

    def in_each_process(*_: Any) -> Gateway:
        die_with_parent()
        return Gateway(application, settings.WEB_THREADS, at_once)

    server = Granian(
        "trousseau.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=processes,
        backlog=2048,
        # Never HTTP/2: a proxy does not speak it to us, and its headers have limits of their own.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=2 * gateway.HEADER_BYTES
        ),
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=patience,
    )
    server.serve(target_loader=in_each_process)


def _from_memory(environ: dict[str, Any]) -> visitor_pages.Answer | None:
    """Answer with a kept page, before a thread and the middlewares are put to work."""
    origin.forget_forged(environ)
    return visitor_pages.kept(environ)


def _loaded_application() -> Application:
    application = wsgi.build()
    # Imports every view.
    check_url_config(None)
    hashing.warm_up()
    connections.close_all()
    # What is loaded now lives for ever: keep the collector, and so the copying, off it.
    gc.collect()
    gc.freeze()
    return cast("Application", application)
