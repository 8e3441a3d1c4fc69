"""The least a Django page can cost: `python -m bench.bare PORT PROCESSES THREADS FOLDER`.

One line, no middleware, on the same Granian and in the same way as `trousseau serve`. The files
of FOLDER are served by Granian itself under /static/: no Python runs, so that is what the load
generator can reach at most.
"""

import gc
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, path
from granian import Granian
from granian.constants import Interfaces

from trousseau.operations.processes import die_with_parent


def page(_request: HttpRequest) -> HttpResponse:
    """Answer."""
    return HttpResponse("ok")


urlpatterns = [path("", page)]


def serve(port: int, processes: int, threads: int, folder: Path) -> None:
    """Serve until told to stop."""
    multiprocessing.set_start_method("fork", force=True)
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], USE_I18N=False)
    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 - loaded before the processes are made
    gc.collect()
    gc.freeze()

    def in_each_process(*_: Any) -> Callable[..., Any]:
        die_with_parent()
        return application

    server = Granian(
        "bench.bare:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        backlog=2048,
        websockets=False,
        log_enabled=False,
        static_path_route=["/static"],
        static_path_mount=[folder],
    )
    server.serve(target_loader=in_each_process)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
