"""A site that signs people in by django-cas-ng: `django_cas_ng_site.py CAS_URL FOLDER`.

Says its port on standard output, and ends with its standard input.
"""

import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse

CAS_URL, FOLDER = sys.argv[1], Path(sys.argv[2])
settings.configure(
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "site.sqlite3"}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django_cas_ng",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["django_cas_ng.backends.CASBackend"],
    CAS_SERVER_URL=CAS_URL,
    CAS_VERSION="3",
    CAS_APPLY_ATTRIBUTES_TO_USER=True,
    CAS_RENAME_ATTRIBUTES={"mail": "email"},
    CAS_LOGOUT_COMPLETELY=True,
)
django.setup()

from django.urls import path  # noqa: E402 - once Django is set up
from django_cas_ng import views  # noqa: E402 - as above


def welcome(request: HttpRequest) -> HttpResponse:
    """Say who is signed in."""
    user = request.user
    return HttpResponse(f"<h1>{user.get_username() or 'nobody'} {getattr(user, 'email', '')}</h1>")


urlpatterns = [
    path("", welcome),
    path("login/", views.LoginView.as_view(), name="cas_ng_login"),
    path("logout/", views.LogoutView.as_view(), name="cas_ng_logout"),
    path("callback/", views.CallbackView.as_view(), name="cas_ng_proxy_callback"),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
