"""Visit an installation configured for https, in a process of its own, and tell what it sent.

Run by test_headers.py: names and flags of cookies are settled when the settings are read.
"""

import json
import os
from typing import Any

HOST = "ent.example"


def answer_of(answer: Any) -> dict[str, Any]:
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "cookies": {
            name: {"path": morsel["path"], "domain": morsel["domain"], "secure": morsel["secure"]}
            | {"httponly": morsel["httponly"], "samesite": morsel["samesite"]}
            | {"max-age": morsel["max-age"], "expires": morsel["expires"]}
            for name, morsel in answer.cookies.items()
        },
    }


def visit() -> dict[str, Any]:
    import django  # noqa: PLC0415 -- after the environment below

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- as above
    from django.test import Client  # noqa: PLC0415

    from tests.factories import make_account, make_organisation, sign_in  # noqa: PLC0415
    from trousseau.accounts.models import Credential  # noqa: PLC0415
    from trousseau.accounts.services import contact_addresses, credentials  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    account = make_account(make_organisation(), "ada")
    lifetime = contact_addresses.CONFIRMATION_LIFETIME
    secret = credentials.issue(Credential.Kind.RECOVERY, account, lifetime).secret
    browser = Client(headers={"host": HOST, "x-forwarded-proto": "https"})
    return {
        "plain": answer_of(Client(headers={"host": HOST}).get("/leia/sign-in/?next=/leia/")),
        "forged": answer_of(Client(headers={"host": "evil.example"}).get("/")),
        "page": answer_of(browser.get("/leia/sign-in/")),
        "link": answer_of(browser.get(f"/leia/pwd/{secret}/")),
        "refused": answer_of(sign_in(browser, account, "wrong")),
        "asked": answer_of(browser.post("/leia/recover/", {"email": "ada@example.com"})),
        "language": answer_of(browser.post("/language/", {"language": "en"})),
        "sign-in": answer_of(sign_in(browser, account)),
        "settings": answer_of(browser.get("/leia/settings/")),
    }


if __name__ == "__main__":
    for name in [name for name in os.environ if name.startswith("TROUSSEAU_")]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "trousseau.settings",
        "TROUSSEAU_SECRET_KEY": "only-for-tests",
        "TROUSSEAU_DATABASE_URL": "sqlite://:memory:",
        "TROUSSEAU_BASE_URL": f"https://{HOST}",
        "TROUSSEAU_TRUSTED_PROXIES": "127.0.0.1",
    }
    print(json.dumps(visit()))  # noqa: T201 -- for the test that started this
