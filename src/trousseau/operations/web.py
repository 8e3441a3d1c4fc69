"""The production web server: Granian, with the application loaded once and then forked."""

import gc
import logging
import multiprocessing
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.checks.urls import check_url_config
from django.db import connections
from granian import Granian
from granian.constants import Interfaces

from trousseau import wsgi
from trousseau.accounts import hashing
from trousseau.operations.processes import die_with_parent

log = logging.getLogger(__name__)


def serve(host: str, port: int, processes: int, *, patience: int = 30) -> None:
    """Serve until told to stop; requests under way are finished first, within `patience` seconds.

    The application is loaded before the processes are made, so that they share its memory.
    """
    # Python 3.14 starts processes otherwise: nothing would be shared.
    multiprocessing.set_start_method("fork", force=True)
    application = _loaded_application()

    def in_each_process(*_: Any) -> Callable[..., Any]:
        die_with_parent()
        return application

    server = Granian(
        "trousseau.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=settings.WEB_THREADS,
        backlog=2048,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=patience,
    )
    server.serve(target_loader=in_each_process)


def _loaded_application() -> Callable[..., Any]:
    application = wsgi.build()
    # Imports every view.
    check_url_config(None)
    hashing.warm_up()
    connections.close_all()
    # What is loaded now lives for ever: keep the collector, and so the copying, off it.
    gc.collect()
    gc.freeze()
    return cast("Callable[..., Any]", application)
