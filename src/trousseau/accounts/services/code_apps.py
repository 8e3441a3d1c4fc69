"""Applications that show a code of six digits, new every half minute (TOTP, RFC 6238)."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.db import transaction

from trousseau.accounts.models import Account, CodeApp
from trousseau.accounts.services import credentials, factors
from trousseau.accounts.session_store import SessionStore
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

DIGITS = 6
BEGUN = "code-app"
# So many wrong codes in a row are no slip of the finger: somebody knows the password.
TOLD_AFTER = 10


@dataclass(frozen=True)
class TooSoonError(Exception):
    """Too many wrong codes: try again at `until`, or with another factor where it is None."""

    until: datetime | None


def begin(session: SessionStore, account: Account) -> CodeApp:
    """Return a new application to set up, which no other session sees.

    What was begun before and not finished is forgotten. It counts for nothing before `finish`.
    Raises factors.TooManyFactorsError.
    """
    with transaction.atomic():
        credentials.take_turns([account])
        factors.demand_room(account)
        CodeApp.objects.filter(user=account, confirmed=False).delete()
        app = CodeApp.begin(account)
    session[BEGUN] = app.pk
    return app


def begun(session: SessionStore, account: Account) -> CodeApp | None:
    """Return the application that is being set up in this session."""
    mine = CodeApp.objects.filter(user=account, confirmed=False)
    app: CodeApp | None = mine.filter(pk=session.get(BEGUN)).first()
    return app


def finish(
    session: SessionStore,
    account: Account,
    code: str,
    *,
    name: str,
    origin: Origin,
    most: int = factors.MOST,
) -> bool:
    """Have the application count from now on, if the code is its own.

    Raises TooSoonError and factors.TooManyFactorsError.
    """
    keep = session.digest
    with transaction.atomic():
        credentials.take_turns([account])
        factors.demand_room(account, most=most)
        app = begun(session, account)
        if app is None:
            return False
        why = _refusal(app)
        if why is None and app.verify_token(code):
            app.name, app.confirmed = name, True
            app.save(update_fields=["name", "confirmed"])
            factors.changed(account, Tag.FACTOR_ADDED, "added", origin, keep=keep, kind=factors.APP)
            return True
    if why:
        raise why
    return False


def accept(account: Account, code: str) -> bool:
    """Tell whether one of the account's applications shows this code now.

    Each code is accepted once, of parallel attempts too: they take turns. Wrong ones are counted
    (SIG-03), and the person is told when they are many. Raises TooSoonError where none of the
    applications may be asked yet.
    """
    with transaction.atomic():
        credentials.take_turns([account])
        apps = list(CodeApp.objects.filter(user=account, confirmed=True))
        refusals = [_refusal(app) for app in apps]
        open_ = [app for app, why in zip(apps, refusals, strict=True) if why is None]
        accepted = any(app.verify_token(code) for app in open_)
        if accepted:
            forgive(account)
        elif any(app.throttling_failure_count == TOLD_AFTER for app in open_):
            factors.tell(account, "wrong-codes")
    waits = [why for why in refusals if why]
    if waits and not open_:
        raise min(waits, key=lambda why: (why.until is None, why.until))
    return accepted


def forgive(account: Account) -> None:
    """Forget the wrong codes: their owner has come in (SIG-06)."""
    CodeApp.objects.filter(user=account, throttling_failure_count__gt=0).update(
        throttling_failure_count=0, throttling_failure_timestamp=None
    )


def secret(app: CodeApp) -> str:
    """Return the key to type where no QR code can be read, in groups of four."""
    text = b32encode(app.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(app: CodeApp, account: Account) -> str:
    """Return the `otpauth:` address that the QR code says (the de facto Key URI format)."""
    issuer = account.organisation.name.replace(":", " ")
    label = quote(f"{issuer}:{account.username}")
    values = {
        "secret": b32encode(app.bin_key).decode().rstrip("="),
        "issuer": issuer,
        "digits": DIGITS,
        "period": app.step,
    }
    return f"otpauth://totp/{label}?{urlencode(values, quote_via=quote)}"


def _refusal(app: CodeApp) -> TooSoonError | None:
    allowed, why = app.verify_is_allowed()
    return None if allowed else TooSoonError((why or {}).get("locked_until"))
