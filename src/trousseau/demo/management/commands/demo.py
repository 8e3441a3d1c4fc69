"""`trousseau demo`: the whole product at once, on local data."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from trousseau.demo import catcher, data, surroundings
from trousseau.operations import web, worker
from trousseau.operations.processes import die_with_parent

HOST = "127.0.0.1"
PATIENCE_SECONDS = 8


class Command(BaseCommand):
    """Web, worker and SMTP catcher in one go."""

    help = "Run the whole product on demonstration data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the port and the data folder."""
        surroundings.arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Prepare the data, start the processes, and stop them all together."""
        port: int = options["port"]
        self._make_sure_port_is_free(port)
        multiprocessing.set_start_method("fork", force=True)
        post_office = catcher.listen(HOST, 0)
        settings.MAIL_URL = f"smtp://{HOST}:{post_office.getsockname()[1]}"
        call_command("migrate", verbosity=0)
        data.create(settings.BASE_URL)
        connections.close_all()
        processes = [
            multiprocessing.Process(target=_catch, args=(post_office, settings.DEMO_MAILDIR)),
            multiprocessing.Process(target=_work),
            multiprocessing.Process(target=_serve, args=(port,)),
        ]
        for process in processes:
            process.start()
        post_office.close()
        self._wait_for_page(port)
        self._announce(settings.BASE_URL)
        _wait(processes)

    def _make_sure_port_is_free(self, port: int) -> None:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except OSError as error:
            message = (
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another one: make run PORT={port + 1}"
            )
            raise CommandError(message) from error

    @staticmethod
    def _wait_for_page(port: int) -> None:
        for _ in range(200):
            try:
                socket.create_connection((HOST, port), timeout=0.2).close()
            except OSError:
                signal.sigtimedwait([], 0.05)
            else:
                return

    def _announce(self, base: str) -> None:
        people = "\n".join(f"  {name:<16} {word}" for name, word in data.PASSWORDS.items())
        guests = "\n".join(f"  {name:<16} {word}" for name, word in data.GUICHET_PASSWORDS.items())
        self.stdout.write(
            f"""
Trousseau is ready: {base}/

  Sign in (LEIA)      {base}/leia/sign-in/
  Forgotten password  {base}/recover/
  Mails sent          {base}/demo/mail/

Accounts of LEIA (username, password):
{people}
  e-mail of the family: monadressemail@hebergeur.com
Account of the Guichet, behind LEIA's CAS button:
{guests}

Ctrl-C stops everything; the data stays in {settings.DATA_DIR}.
"""
        )
        self.stdout.flush()


def _begin() -> None:
    """Leave Ctrl-C to the parent, which ends each process once, and never outlive it."""
    os.setsid()
    die_with_parent()


def _catch(listener: socket.socket, maildir: Path) -> None:
    _begin()
    catcher.serve_on(listener, maildir)


def _work() -> None:
    _begin()
    worker.work()


def _serve(port: int) -> None:
    _begin()
    web.serve(HOST, port, 1, patience=3)


def _wait(processes: list[multiprocessing.Process]) -> None:
    """Return once a signal came or one of the processes ended, with all of them ended."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        multiprocessing.connection.wait([process.sentinel for process in processes])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(PATIENCE_SECONDS)
            process.kill()
