"""The demonstration's configuration, set before Django reads its settings."""

import argparse
import os
import secrets
from pathlib import Path

DEFAULT_PORT = 8000
DEFAULT_DATA = "var/demo"
SECRET_KEY_FILE = "secret-key"  # noqa: S105 - a file's name


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `trousseau demo`."""
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port of the first page")
    parser.add_argument(
        "--data", type=Path, default=Path(DEFAULT_DATA), help="folder that keeps the demo's data"
    )


def prepare(words: list[str]) -> None:
    """Have the settings describe a local demonstration in the data folder."""
    parser = argparse.ArgumentParser(prog="trousseau demo", allow_abbrev=False)
    arguments(parser)
    options, _ = parser.parse_known_args(words)
    data = options.data.resolve()
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_file = data / SECRET_KEY_FILE
        if not key_file.exists():
            key_file.write_text(secrets.token_urlsafe(48), encoding="ascii")
            key_file.chmod(0o600)
    except OSError as error:
        parser.exit(1, f"The demo cannot keep its data in {data}: {error.strerror}.\n")
    # A demonstration never touches what an installation's own variables point to.
    level = os.environ.get("TROUSSEAU_LOG_LEVEL", "WARNING")
    for name in [name for name in os.environ if name.startswith("TROUSSEAU_")]:
        del os.environ[name]
    os.environ |= {
        "TROUSSEAU_DEMO": "yes",
        "TROUSSEAU_DATA_DIR": str(data),
        "TROUSSEAU_SECRET_KEY_FILE": str(key_file),
        "TROUSSEAU_BASE_URL": f"http://127.0.0.1:{options.port}",
        "TROUSSEAU_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "TROUSSEAU_PLATFORM_NAME": "itslearning",
        "TROUSSEAU_MAIL_FROM": "no-reply@itslearning.com",
        "TROUSSEAU_WEB_PORT": str(options.port),
        "TROUSSEAU_WEB_PROCESSES": "1",
        "TROUSSEAU_LOG_LEVEL": level,
    }


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port
