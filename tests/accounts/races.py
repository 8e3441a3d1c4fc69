"""Several browsers or workers at the same thing in the same instant, on a real database.

Called by test_races.py: on PostgreSQL in the test's process, on SQLite in one of its own (as
`python -m tests.accounts.races NAME`), with a database file, for that is what a school has.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

T = TypeVar("T")
RUNNERS = 4


def race(attempt: Callable[[int], T]) -> list[T]:
    """Let every runner begin when the last one is ready, and return what each of them got."""
    from django.db import connection  # noqa: PLC0415 -- once Django is set up

    start = threading.Barrier(RUNNERS, timeout=60)

    def run(number: int) -> T:
        try:
            start.wait()
            return attempt(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(RUNNERS) as runners:
        return list(runners.map(run, range(RUNNERS)))


def use_one_credential() -> list[bool]:
    """Use one credential in several transactions: and return who was told that it worked."""
    from django.db import transaction  # noqa: PLC0415 -- as above

    from trousseau.accounts.models import Credential  # noqa: PLC0415
    from trousseau.accounts.services import credentials  # noqa: PLC0415

    issued = credentials.issue(Credential.Kind.RECOVERY, _account(), timedelta(hours=1))

    def attempt(_: int) -> bool:
        found = credentials.find(Credential.Kind.RECOVERY, issued.secret)
        assert found
        with transaction.atomic():
            return credentials.use(found)

    return sorted(race(attempt))


def issue_in_parallel() -> list[str]:
    """Issue for one account by several workers: and return the states of the credentials."""
    from trousseau import clock  # noqa: PLC0415 -- as above
    from trousseau.accounts.models import Credential  # noqa: PLC0415
    from trousseau.accounts.services import credentials  # noqa: PLC0415

    account = _account()
    race(lambda _: credentials.issue(Credential.Kind.RECOVERY, account, timedelta(hours=1)).secret)
    return sorted(one.state_at(clock.now()) for one in Credential.objects.all())


def choose_by_form() -> dict[str, Any]:
    """Post several new passwords with one link: and return who was let through, and what opens."""
    from tests.factories import is_signed_in, new_browser, sign_in  # noqa: PLC0415 -- as above
    from trousseau.accounts.models import Credential  # noqa: PLC0415
    from trousseau.accounts.services import credentials  # noqa: PLC0415
    from trousseau.audit.models import Event  # noqa: PLC0415
    from trousseau.mail.models import Message  # noqa: PLC0415

    account = _account(email="ada@example.com")
    issued = credentials.issue(Credential.Kind.RECOVERY, account, timedelta(hours=1))
    passwords = [f"{word}-girafe-tuba-5821" for word in ("moulin", "caillou", "violon", "neige")]
    browsers = [new_browser() for _ in range(RUNNERS)]
    forms = [browser.get(f"/leia/pwd/{issued.secret}/")["Location"] for browser in browsers]

    def attempt(number: int) -> int:
        fields = dict.fromkeys(("new_password", "new_password_again"), passwords[number])
        return browsers[number].post(forms[number], fields).status_code

    statuses = race(attempt)
    opening = []
    for password in passwords:
        browser = new_browser()
        sign_in(browser, account, password)
        opening.append(is_signed_in(browser, account.organisation))
    return {
        "statuses": sorted(statuses),
        "opening": [status == 303 for status in statuses] == opening,
        "changes": Event.objects.filter(tag="authn_password_change").count(),
        "notices": Message.objects.count(),
    }


def show_one_code() -> dict[str, Any]:
    """Type one code of an application, then one saved code, in several browsers at once."""
    from tests.factories import is_signed_in  # noqa: PLC0415 -- as above
    from tests.second_factors import STEP, give_app, give_codes, half_way  # noqa: PLC0415
    from trousseau.accounts.models import CodeApp  # noqa: PLC0415

    account = _account()
    app = give_app(account)
    saved = give_codes(account)
    found = {}
    for name, code in (("app", _code(app)), ("saved", saved[0])):
        browsers = [half_way(account) for _ in range(RUNNERS)]
        race(lambda number: browsers[number].post(STEP, {"code": code}).status_code)  # noqa: B023
        found[name] = sum(is_signed_in(one, account.organisation) for one in browsers)
        CodeApp.objects.update(throttling_failure_count=0)
    return found


def guess_in_parallel() -> int:
    """Type wrong codes in several browsers at once: and return how many were looked at."""
    from tests.second_factors import STEP, give_app, half_way  # noqa: PLC0415 -- as above

    account = _account()
    app = give_app(account)
    browsers = [half_way(account) for _ in range(RUNNERS)]
    race(lambda number: browsers[number].post(STEP, {"code": "000000"}).status_code)
    app.refresh_from_db()
    return int(app.throttling_failure_count)


def remove_against_add() -> dict[str, Any]:
    """Remove the only factor while others are added: and return whether the account says so."""
    from tests.factories import ORIGIN  # noqa: PLC0415 -- as above
    from tests.second_factors import give_app  # noqa: PLC0415
    from trousseau.accounts.models import Account  # noqa: PLC0415
    from trousseau.accounts.services import factors  # noqa: PLC0415

    first = give_app(_account())
    rows = [Account.objects.select_related("organisation").get() for _ in range(RUNNERS)]

    def attempt(number: int) -> None:
        if number == 0:
            factors.remove(rows[0], f"app-{first.pk}", ORIGIN, keep="")
        else:
            give_app(rows[number])

    race(attempt)
    account = Account.objects.get()
    return {
        "factors": len(factors.of_account(account)),
        "asked for": bool(account.protected_since),
    }


def agree_in_parallel() -> dict[str, Any]:
    """Have several helpers agree to one reset: and return who was told that it was them."""
    from tests.factories import ORIGIN, make_account  # noqa: PLC0415 -- as above
    from tests.second_factors import give_app  # noqa: PLC0415
    from trousseau.accounts.models import Account, FactorReset  # noqa: PLC0415
    from trousseau.accounts.services import factors, lost_factors  # noqa: PLC0415
    from trousseau.audit.models import Event  # noqa: PLC0415

    account = _account()
    give_app(account)
    admin = Account.Role.ADMINISTRATOR
    helpers = [
        make_account(account.organisation, f"helper{number}", role=admin)
        for number in range(RUNNERS)
    ]
    starter = make_account(account.organisation, "starter", role=admin)
    lost_factors.start(starter, account, "face", ORIGIN)
    resets = [
        FactorReset.objects.select_related("account__organisation", "started_by").get()
        for _ in helpers
    ]

    def attempt(number: int) -> bool:
        try:
            lost_factors.confirm(resets[number], helpers[number], ORIGIN)
        except lost_factors.NothingToDoError:
            return False
        return True

    told = sorted(race(attempt))
    return {
        "told": told,
        "factors": len(factors.of_account(account)),
        "events": Event.objects.filter(tag="authn_factors_forgotten").count(),
    }


def _code(app: Any) -> str:
    import time  # noqa: PLC0415 -- what django-otp reads

    from django_otp.oath import hotp  # noqa: PLC0415

    # The next one: still good when the half minute ends while the test runs.
    return f"{hotp(app.bin_key, int(time.time()) // 30 + 1):06}"


def confirm_in_parallel() -> dict[str, Any]:
    """Confirm several first addresses: and return who was told that it worked, and what counts."""
    from tests.factories import ORIGIN  # noqa: PLC0415 -- as above
    from trousseau.accounts.services import contact_addresses  # noqa: PLC0415

    account = _account()
    waiting = [_waiting(account, f"ada{number}@example.com") for number in range(RUNNERS)]

    def attempt(number: int) -> bool:
        credential, address = waiting[number]
        return contact_addresses.confirm(credential, address, ORIGIN)

    told = race(attempt)
    rows = contact_addresses.of_account(account)
    return {
        "told": told,
        "counting": len([one for one in rows if one.confirmed_at]),
        "main": len([one for one in rows if one.main]),
    }


def confirm_against_remove() -> dict[str, Any]:
    """Confirm and remove one address several times over: and return what came of it."""
    from tests.factories import ORIGIN  # noqa: PLC0415 -- as above
    from trousseau.accounts.services import contact_addresses  # noqa: PLC0415

    account = _account(email="ada@example.com")
    credential, address = _waiting(account, "ada@new.example")
    main = contact_addresses.main_address(account)
    assert main

    def attempt(number: int) -> bool:
        if number == 0:
            return contact_addresses.remove(account, main.pk, ORIGIN)
        if number == 1:
            return contact_addresses.remove(account, address.pk, ORIGIN)
        return contact_addresses.confirm(credential, address, ORIGIN)

    removed_main, removed, *confirmed = race(attempt)
    counting = [one for one in contact_addresses.of_account(account) if one.confirmed_at]
    return {
        "removed": [removed_main, removed],
        "confirmed at most once": sum(confirmed) <= 1,
        "counting": len(counting),
    }


def upload_in_parallel() -> dict[str, Any]:
    """Set several photos: and return how many files there are, and whether one is the account's."""
    from django.test import override_settings  # noqa: PLC0415 -- as above

    from tests.factories import ORIGIN  # noqa: PLC0415
    from trousseau.accounts.models import Account  # noqa: PLC0415
    from trousseau.accounts.services import details  # noqa: PLC0415

    account = _account()
    with TemporaryDirectory() as folder:
        local = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder},
        }
        with override_settings(STORAGES={"default": local}):
            rows = [Account.objects.get() for _ in range(RUNNERS)]
            race(lambda number: details.set_photo(rows[number], b"%d" % number, ORIGIN))
            account.refresh_from_db()
            files = [str(one.relative_to(folder)) for one in Path(folder).rglob("*.webp")]
            return {"files": len(files), "shown": files == [account.photo.name]}


def _waiting(account: Any, email: str) -> tuple[Any, Any]:
    """Propose an address, and return the credential that confirms it and its row."""
    from tests.factories import ORIGIN  # noqa: PLC0415 -- as above
    from trousseau.accounts.models import Credential  # noqa: PLC0415
    from trousseau.accounts.services import contact_addresses, credentials  # noqa: PLC0415

    address = contact_addresses.propose(account, email, ORIGIN, replace_main=False)
    kind = Credential.Kind.CONFIRMATION
    issued = credentials.issue(kind, account, timedelta(hours=1), about=str(address.pk))
    return issued.credential, address


def _account(**details: Any) -> Any:
    from tests.factories import make_account, make_organisation  # noqa: PLC0415 -- as above

    return make_account(make_organisation(), "ada", **details)


RACES: dict[str, Callable[[], Any]] = {
    function.__name__: function
    for function in (
        use_one_credential,
        issue_in_parallel,
        choose_by_form,
        confirm_in_parallel,
        confirm_against_remove,
        upload_in_parallel,
        show_one_code,
        guess_in_parallel,
        remove_against_add,
        agree_in_parallel,
    )
}


def main(name: str) -> None:
    for variable in [one for one in os.environ if one.startswith("TROUSSEAU_")]:
        del os.environ[variable]
    with TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "trousseau.settings",
            "TROUSSEAU_SECRET_KEY": "only-for-tests",
            "TROUSSEAU_DATABASE_URL": f"sqlite:///{Path(folder) / 'race.sqlite3'}",
            "TROUSSEAU_LOG_LEVEL": "ERROR",
        }
        import django  # noqa: PLC0415 -- after the environment

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- as above

        call_command("migrate", verbosity=0)
        print(json.dumps(RACES[name]()))  # noqa: T201 -- for the test that started this


if __name__ == "__main__":
    main(sys.argv[1])
