"""The least a Django page can cost: `python -m bench.bare PORT FOLDER`.

One line, no middleware, on the same Granian and with the settings of `trousseau serve`. The files
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

from trousseau import settings as product
from trousseau.operations.processes import die_with_parent


def page(_request: HttpRequest) -> HttpResponse:
    """Answer."""
    return HttpResponse("ok")


urlpatterns = [path("", page)]


def serve(port: int, folder: Path) -> None:
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
        workers=product.WEB_PROCESSES,
        blocking_threads=product.WEB_THREADS,
        backlog=2048,
        websockets=False,
        log_enabled=False,
        static_path_route=["/static"],
        static_path_mount=[folder],
    )
    server.serve(target_loader=in_each_process)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
