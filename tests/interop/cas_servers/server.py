"""Runs another project's CAS server for the tests, in its own environment.

    python server.py {django-cas-server,django-mama-cas} FOLDER

Prints its port once it listens. One person can sign in, `ange` with the password `falaise-canard`;
she has two records in the directory. It ends with the process that started it.
"""

import secrets
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

PERSON, PASSWORD = "ange", "falaise-canard"
ATTRIBUTES = {"ENTPersonJointure": ["2A-417", "2A-418"], "uid": "a-17", "givenName": "Ange-Marie"}
ANY_SERVICE = r"^http://localhost:[0-9]+/"
SERVERS: dict[str, dict[str, Any]] = {
    "django-cas-server": {
        "INSTALLED_APPS": ["cas_server"],
        "CAS_AUTH_CLASS": "cas_server.auth.TestAuthUser",
        "CAS_TEST_USER": PERSON,
        "CAS_TEST_PASSWORD": PASSWORD,
        "CAS_TEST_ATTRIBUTES": ATTRIBUTES,
        "CAS_NEW_VERSION_EMAIL_WARNING": False,
        "CAS_NEW_VERSION_HTML_WARNING": False,
    },
    "django-mama-cas": {
        "INSTALLED_APPS": ["mama_cas"],
        "MAMA_CAS_ENABLE_SINGLE_SIGN_OUT": True,
        "MAMA_CAS_SERVICES": [
            {
                "SERVICE": ANY_SERVICE,
                "CALLBACKS": ["server.attributes_of"],
                "LOGOUT_ALLOW": True,
            }
        ],
        "MAMA_CAS_FOLLOW_LOGOUT_URL": True,
    },
}
urlpatterns: list[Any] = []


def attributes_of(_user: object, _service: str) -> dict[str, Any]:
    return ATTRIBUTES


def configure(kind: str, folder: Path) -> None:
    chosen = SERVERS[kind]
    contrib = ("contenttypes", "auth", "sessions", "messages", "staticfiles")
    settings.configure(
        **{
            **chosen,
            "INSTALLED_APPS": [f"django.contrib.{app}" for app in contrib]
            + chosen["INSTALLED_APPS"],
        },
        ALLOWED_HOSTS=["localhost"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "database",
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        ROOT_URLCONF="server",
        SECRET_KEY=secrets.token_hex(),
        # Two servers on one host would otherwise share one cookie, as cookies ignore ports.
        SESSION_COOKIE_NAME=f"{kind}-session",
        CSRF_COOKIE_NAME=f"{kind}-csrf",
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )


def fill(kind: str) -> None:
    call_command("migrate", verbosity=0)
    models: Any = apps.all_models
    if kind == "django-mama-cas":
        models["auth"]["user"].objects.create_user(PERSON, password=PASSWORD)
        return
    pattern = models["cas_server"]["servicepattern"].objects.create(
        pos=1, name="any", pattern=ANY_SERVICE, single_log_out=True
    )
    models["cas_server"]["replaceattributname"].objects.create(name="*", service_pattern=pattern)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    sys.path.insert(0, str(Path(__file__).parent))
    configure(kind, folder)
    django.setup()
    fill(kind)
    package = SERVERS[kind]["INSTALLED_APPS"][0]
    sys.modules["server"] = sys.modules["__main__"]
    urlpatterns.append(path("cas/", include(f"{package}.urls")))
    listener = make_server("localhost", 0, get_wsgi_application(), Server, Quiet)
    sys.stdout.write(f"{listener.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    # The test run holds the other end; when it is gone, however it went, this ends.
    sys.stdin.read()


if __name__ == "__main__":
    main()
