"""The only settings module. Every value that an operator may change comes through `env.py`."""

from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.management.utils import get_random_secret_key

from trousseau.env import ConfigurationError, Environment

PACKAGE = Path(__file__).resolve().parent
env = Environment()

# Where the installation lives

BASE_URL = env.url(
    "BASE_URL",
    "http://127.0.0.1:8000",
    "https://name or http://name:port, with no path behind",
    {"https": "host port?", "http": "host port?"},
).rstrip("/")
PLATFORM_NAME = env.text("PLATFORM_NAME", "Trousseau")
PLATFORM_HOST = urlsplit(BASE_URL).hostname or ""
SECURE = BASE_URL.startswith("https://")
# Django's own check knows only a fixed list; organisations bring host names of their own, so
# `organisations.middleware.TrustedHost` decides, from this list and the database.
ALLOWED_HOSTS = ["*"]
PLATFORM_HOSTS = frozenset(env.words("ALLOWED_HOSTS", PLATFORM_HOST))
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# Never slowed as a whole, whatever comes from there: the outgoing addresses of schools.
KNOWN_NETWORKS = env.networks("KNOWN_NETWORKS")
ROOT_URLCONF = "trousseau.urls"
WSGI_APPLICATION = "trousseau.wsgi.application"
USE_X_FORWARDED_HOST = False
APPEND_SLASH = True

# Demonstration: local data, mails caught on the spot; never in production

DEMO = env.flag("DEMO", default=False)
DATA_DIR = Path(env.text("DATA_DIR", "var"))
DEMO_MAILDIR = DATA_DIR / "mail"

# Secrets

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_IS_TEMPORARY = not SECRET_KEY
FORMER_SECRET_KEY = env.text("FORMER_SECRET_KEY")
SECRET_KEY_FALLBACKS = [FORMER_SECRET_KEY] if FORMER_SECRET_KEY else []
if SECRET_KEY_IS_TEMPORARY:
    SECRET_KEY = get_random_secret_key()
# What the seals of the audit trail are made with; empty: derived from the secret key.
AUDIT_KEY = env.text("AUDIT_KEY")
AUDIT_FORMER_KEYS = env.words("AUDIT_FORMER_KEYS")

# Rooms

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "trousseau.ui",
    "trousseau.throttling",
    "trousseau.audit",
    "trousseau.mail",
    "trousseau.organisations",
    "trousseau.accounts",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "trousseau.signin",
    "trousseau.recovery",
    "trousseau.helpdesk",
    "trousseau.cas_server",
    "trousseau.operations",
]
if DEMO:
    INSTALLED_APPS.append("trousseau.demo")

MIDDLEWARE = [
    "trousseau.audit.middleware.RequestReference",
    "trousseau.audit.middleware.ForwardedHeaders",
    "trousseau.audit.middleware.Refusals",
    "trousseau.ui.visitor_pages.VisitorPages",
    "trousseau.ui.content_policy.ContentPolicy",
    "trousseau.ui.body_limit.BodyLimit",
    "trousseau.organisations.middleware.TrustedHost",
    "django.middleware.security.SecurityMiddleware",
    "trousseau.ui.same_origin.SameOrigin",
    "django.middleware.gzip.GZipMiddleware",
    "trousseau.accounts.middleware.Sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "trousseau.accounts.middleware.SignedInAccount",
    "trousseau.ui.language.Language",
    "django.middleware.common.CommonMiddleware",
    "trousseau.organisations.middleware.Tenant",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "trousseau.ui.context.page",
            ],
        },
    },
]

# Database

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
DEFAULT_DATABASE_URL = f"sqlite:///{DATA_DIR.resolve() / 'trousseau.sqlite3'}"


def _database(url: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if url.partition("://")[0] in DATABASE_SCHEMES:
        with suppress(ValueError, environ.ImproperlyConfigured):
            settings |= environ.Env.db_url_config(url)
    if not settings.get("NAME"):
        raise ConfigurationError(
            "TROUSSEAU_DATABASE_URL cannot be read: it must be "
            "postgres://user:password@host:port/name or sqlite:////path/to/file."
        )
    options = settings["OPTIONS"] = dict(settings.get("OPTIONS", {}))
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        # A writer waits its turn instead of failing; WAL lets readers go on meanwhile.
        options |= {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        settings["CONN_MAX_AGE"] = None
    else:
        settings |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
        # Safe behind a pooler in transaction mode.
        settings["DISABLE_SERVER_SIDE_CURSORS"] = True
    return settings


DATABASES = {"default": _database(env.text("DATABASE_URL") or DEFAULT_DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache, shared by processes when there is a Valkey or Redis server

CACHE_URL = env.url(
    "CACHE_URL",
    "",
    "redis://host:port/number, rediss://… with TLS, or unix:///path/to/socket",
    {
        "redis": "user? host port? path? query?",
        "rediss": "user? host port? path? query?",
        "unix": "user? path query?",
    },
)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        # Nobody waits long for a server that is away: the database counts in its place.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Accounts, sessions and passwords

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["trousseau.accounts.backend.AccountBackend"]
ARGON2_MEMORY_KIB = env.whole("ARGON2_MEMORY_KIB", 19456, least=19456)
ARGON2_TIME_COST = env.whole("ARGON2_TIME_COST", 2, least=2)
ARGON2_PARALLELISM = env.whole("ARGON2_PARALLELISM", 1, least=1)
PASSWORD_HASHERS = [
    "trousseau.accounts.hashing.Argon2id",
    # Hashes that came with imported accounts: verified once, then replaced (STO-06).
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
BREACHED_PASSWORDS = env.text("BREACHED_PASSWORDS")

SESSION_ENGINE = "trousseau.accounts.session_store"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Cookies bound to one path cannot bear the `__Host-` prefix; `__Secure-` is the next best.
PATH_COOKIE_PREFIX = "__Secure-" if SECURE else ""
LINK_COOKIE_PREFIX = f"{PATH_COOKIE_PREFIX}link-"
DEVICE_COOKIE_PREFIX = "__Host-device-" if SECURE else "device-"
# How long a session lasts is the server's affair: organisations.policies, for each role.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Second factors. The host a passkey is made for is that of the page (accounts.services.passkeys);
# what the library asks for here is what its checks want to see.

OTP_TOTP_SYNC = False
OTP_WEBAUTHN_CREDENTIAL_MODEL = "accounts.Passkey"
OTP_WEBAUTHN_RP_ID = PLATFORM_HOST or "localhost"
OTP_WEBAUTHN_RP_NAME = PLATFORM_NAME
OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"https://{PLATFORM_HOST or 'localhost'}"]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = True

# Web security

SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Any form of ours, several times over; with a session, a photo may be sent to who takes files.
BODY_LIMIT = 64 * 1024
BODY_LIMIT_WITH_FILES = FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# Enough to give an over-long text beside a photo back with a word on what is wrong.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Mail

MAIL_URL = env.url(
    "MAIL_URL",
    "smtp://127.0.0.1:25",
    "smtp+starttls://user:password@host:port, smtps://… or smtp://…, "
    "with special characters percent-encoded",
    dict.fromkeys(("smtp", "smtp+starttls", "smtps"), "user? host port?"),
)
MAIL_FROM = env.text("MAIL_FROM", f"no-reply@{PLATFORM_HOST or 'localhost'}")
MAIL_CA_FILE = env.text("MAIL_CA_FILE")
# Never more than a mail may take in all (mail.smtp.PATIENCE_SECONDS).
MAIL_TIMEOUT = env.whole("MAIL_TIMEOUT", 20, least=1, most=50)

# CAS servers that people sign in through, and applications that do so through us

# A worker holds a notice for an application twice as long (single_logout.LEASE).
CAS_TIMEOUT = env.whole("CAS_TIMEOUT", 8, least=1, most=30)
CAS_CA_FILE = env.text("CAS_CA_FILE")
PRIVATE_NETWORKS = env.networks("PRIVATE_NETWORKS")
if DEMO:
    PRIVATE_NETWORKS += [ip_network("127.0.0.0/8"), ip_network("::1")]

# Photos

MEDIA_LOCATION = env.url(
    "MEDIA_URL",
    "",
    "file:///path/to/folder or s3://bucket/prefix",
    {"file": "path", "s3": "host path?"},
)


def _media_storage(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme == "s3":
        options = {
            "bucket_name": parts.hostname,
            "location": parts.path.strip("/"),
            "default_acl": "private",
        }
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": unquote(parts.path) or (DATA_DIR / "media").resolve()},
    }


STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "static_collected"
STORAGES = {
    "default": _media_storage(MEDIA_LOCATION),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Languages and time

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE = "__Host-language" if SECURE else "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Europe/Paris")

# Processes

WEB_HOST = env.text("WEB_HOST", "127.0.0.1")
WEB_PORT = env.whole("WEB_PORT", 8000, least=1)
WEB_PROCESSES = env.whole("WEB_PROCESSES", 2, least=1)
WEB_THREADS = env.whole("WEB_THREADS", 32, least=2)

# Log

LOG_FORMAT = env.choice("LOG_FORMAT", "text", ("text", "json"))
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "trousseau.logs.TextLines",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "trousseau.logs.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # A refused Host or an absent page is a visitor's doing, not an operator's trouble.
        "django.security.DisallowedHost": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
    },
}

env.refuse_unknown()
