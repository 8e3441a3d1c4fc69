"""What is wrong with a configuration, one clear line each."""

import ipaddress
import ssl
import uuid
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from trousseau.accounts.passwords import BreachedList
from trousseau.audit import append_only
from trousseau.env import ConfigurationError
from trousseau.mail.smtp import Connection, Server, ServerUnreachableError

SHORTEST_SECRET_KEY = 40


def find() -> list[str]:
    """Return the faults; empty when the installation can start."""
    probes: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("Database", _database),
        ("Audit trail", _trail),
        ("Cache", _cache),
        ("Mail server", _mail),
        ("Photos", _photos),
        ("CAS certificates", _cas_certificates),
        ("Breached passwords", _breached_passwords),
        ("Secrets", _secrets),
        ("Reverse proxy", _reverse_proxy),
        ("Static files", _static_files),
    ]
    found = []
    for name, probe in probes:
        try:
            found += [f"{name}: {fault}" for fault in probe()]
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator wants the line
            found.append(f"{name}: {' '.join(str(error).split())}")
    return found


def refuse_demonstration() -> None:
    """Raise ConfigurationError where only `trousseau demo` may run."""
    if settings.DEMO:
        raise ConfigurationError(
            "TROUSSEAU_DEMO shows every mail to anybody: remove it. "
            "`trousseau demo` sets it by itself."
        )


def refuse_unfit() -> None:
    """Raise ConfigurationError where people must not be served."""
    refuse_demonstration()
    if settings.SECRET_KEY_IS_TEMPORARY:
        raise ConfigurationError(
            "TROUSSEAU_SECRET_KEY is not set: write the output of `openssl rand -base64 48` to a "
            "file, and name that in TROUSSEAU_SECRET_KEY_FILE."
        )


def _database() -> Iterator[str]:
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "not up to date: run `trousseau migrate`."


def _trail() -> Iterator[str]:
    if append_only.missing(connection):
        yield "the database does not refuse to change it: run `trousseau migrate`."


def _cache() -> Iterator[str]:
    cache.set("check", "1", 5)
    if cache.get("check") != "1":
        yield "does not give back what it is given; see TROUSSEAU_CACHE_URL."


def _mail() -> Iterator[str]:
    with Connection(
        Server.from_url(settings.MAIL_URL, settings.MAIL_CA_FILE), settings.MAIL_TIMEOUT
    ) as server:
        try:
            server.greet()
        except ServerUnreachableError as error:
            yield f"cannot be reached ({error}); see TROUSSEAU_MAIL_URL."


def _photos() -> Iterator[str]:
    name = default_storage.save(f"check-{uuid.uuid4().hex}", ContentFile(b"check"))
    default_storage.delete(name)
    yield from ()


def _cas_certificates() -> Iterator[str]:
    if settings.CAS_CA_FILE:
        ssl.create_default_context(cafile=settings.CAS_CA_FILE)
    yield from ()


def _breached_passwords() -> Iterator[str]:
    if settings.BREACHED_PASSWORDS and not len(BreachedList(settings.BREACHED_PASSWORDS)):
        yield "TROUSSEAU_BREACHED_PASSWORDS is an empty list."


def _secrets() -> Iterator[str]:
    if settings.SECRET_KEY_IS_TEMPORARY:
        yield "TROUSSEAU_SECRET_KEY (or TROUSSEAU_SECRET_KEY_FILE) is not set."
    elif len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        yield f"TROUSSEAU_SECRET_KEY is shorter than {SHORTEST_SECRET_KEY} characters."
    if settings.AUDIT_KEY and len(settings.AUDIT_KEY) < SHORTEST_SECRET_KEY:
        yield f"TROUSSEAU_AUDIT_KEY is shorter than {SHORTEST_SECRET_KEY} characters."


def _reverse_proxy() -> Iterator[str]:
    if settings.TRUSTED_PROXIES:
        return
    if settings.SECURE:
        yield (
            "TROUSSEAU_BASE_URL begins with https://, and TROUSSEAU_TRUSTED_PROXIES names nobody "
            "who may say that a visitor came that way: every page would redirect to itself."
        )
    elif not _is_loopback(settings.WEB_HOST):
        yield (
            f"`trousseau serve` listens on {settings.WEB_HOST}, for everybody; let a proxy stand "
            "before it, and name it in TROUSSEAU_TRUSTED_PROXIES."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _static_files() -> Iterator[str]:
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        yield "not built; run `make setup` in a checkout, or install the wheel again."
