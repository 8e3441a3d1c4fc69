"""The production worker process."""

import logging
import signal
from types import FrameType

from django.conf import settings

from trousseau.work.loop import Worker

log = logging.getLogger(__name__)


def work() -> None:
    """Work until SIGTERM or SIGINT; the rows in hand are finished first."""
    worker = Worker()

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.ask_to_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.start()
    log.info("worker started, mail goes to %s", settings.MAIL_URL.rpartition("@")[2])
    worker.wait()
    worker.stop()
