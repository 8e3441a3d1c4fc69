"""Passkeys: made, and used in place of the second step or of the whole sign-in (WebAuthn level 3).

A passkey belongs to one host name: the platform's, or an organisation's own, whichever the page is
seen at (docs/decisions/second-factor.md). The device is always asked to make sure of its holder, by
a fingerprint, a face or a PIN, so that a passkey is two factors by itself. Options, verification
and storage are django-otp-webauthn's.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.db import IntegrityError, transaction
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from trousseau import clock
from trousseau.accounts.models import Account, Passkey
from trousseau.accounts.services import credentials, factors
from trousseau.accounts.session_store import SessionStore
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

ADDING, USING = "passkey-adding", "passkey-using"
# What the browser was asked is answered within this time, once.
PATIENCE = timedelta(minutes=5)


class PasskeyRefusedError(Exception):
    """What the browser brought is no passkey of this place, this person and this moment."""


@dataclass(frozen=True)
class Place:
    """Where a page is seen: host name, origin, and what to call it."""

    host: str
    origin: str
    name: str

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys here: they do for names, not for bare addresses."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return bool(self.host)
        return False


def options_to_add(session: SessionStore, account: Account, place: Place) -> dict[str, Any]:
    """Return what the browser must know to make a passkey."""
    options, state = _Ceremony(place).register_begin(account)
    return _asked(session, ADDING, options, state)


def options_to_use(
    session: SessionStore, place: Place, account: Account | None = None
) -> dict[str, Any]:
    """Return what the browser must know to use one of the account's passkeys, or anybody's."""
    options, state = _Ceremony(place).authenticate_begin(account)
    return _asked(session, USING, options, state)


def of_place(account: Account, place: Place) -> bool:
    """Tell whether the account has a passkey that works here."""
    return place.has_passkeys and Passkey.objects.filter(user=account, host=place.host).exists()


def add(
    session: SessionStore,
    account: Account,
    place: Place,
    answer: str,
    *,
    name: str,
    origin: Origin,
    most: int = factors.MOST,
) -> None:
    """Keep the passkey that the browser has made.

    Raises PasskeyRefusedError and factors.TooManyFactorsError.
    """
    state = _question(session, ADDING)
    keep = session.digest
    with transaction.atomic():
        credentials.take_turns([account])
        factors.demand_room(account, most=most)
        with _refusals(), transaction.atomic():
            _Ceremony(place, name).register_complete(account, state, _read(answer))
        factors.changed(account, Tag.FACTOR_ADDED, "added", origin, keep=keep, kind=factors.PASSKEY)


def use(
    session: SessionStore, place: Place, answer: str, account: Account | None = None
) -> Account:
    """Return whose passkey the browser has used: the account's, or anybody's where none is given.

    Raises PasskeyRefusedError, also for a passkey whose counter went back: a copy of it exists.
    """
    state = _question(session, USING)
    with _refusals(), transaction.atomic():
        passkey = _Ceremony(place).authenticate_complete(account, state, _read(answer))
        if passkey.host != place.host:
            raise PasskeyRefusedError
        found: Account = passkey.user
        return found


class _Ceremony(WebAuthnHelper):  # type: ignore[misc]
    """The library's dealings with the browser, at the place where the page is seen."""

    def __init__(self, place: Place, name: str = "") -> None:
        super().__init__(request=None)
        self._place, self._name = place, name

    def get_relying_party_domain(self) -> str:
        return self._place.host

    def get_relying_party_name(self) -> str:
        return self._place.name

    def get_allowed_origins(self) -> list[str]:
        return [self._place.origin]

    def get_credential_name(self, user: Account) -> str:
        return f"{user.username} ({user.organisation.name})"

    def get_credential_display_name(self, user: Account) -> str:
        return f"{user.full_name} ({user.organisation.name})"

    def get_generate_registration_options_kwargs(self, *, user: Account) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        options["exclude_credentials"] = self._descriptors(user)
        return options

    def get_generate_authentication_options_kwargs(
        self,
        *,
        user: Account | None = None,
        require_user_verification: bool,  # noqa: ARG002 - it always is
    ) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_authentication_options_kwargs(
            require_user_verification=True
        )
        if user:
            options["allow_credentials"] = self._descriptors(user)
        return options

    def create_credential(self, *about: Any) -> Passkey:
        passkey: Passkey = super().create_credential(*about)
        passkey.host, passkey.name = self._place.host, self._name
        return passkey

    def create_attestation(self, *about: Any) -> None:
        """Which make the device is says more about a person than we need to know."""

    def _descriptors(self, user: Account) -> list[PublicKeyCredentialDescriptor]:
        mine = Passkey.objects.filter(user=user, host=self._place.host)
        found: list[PublicKeyCredentialDescriptor] = mine.as_credential_descriptors()
        return found


def _asked(
    session: SessionStore, what: str, options: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    session[what] = {**state, "until": (clock.now() + PATIENCE).isoformat()}
    return options


def _question(session: SessionStore, what: str) -> dict[str, Any]:
    """Return what the browser was asked, and forget it: no answer serves twice."""
    asked: dict[str, Any] | None = session.pop(what, None)
    if asked is None or clock.now() > datetime.fromisoformat(asked["until"]):
        raise PasskeyRefusedError
    return asked


def _read(answer: str) -> dict[str, Any]:
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise PasskeyRefusedError
    return read


@contextmanager
def _refusals() -> Iterator[None]:
    """Have everything that is wrong with an answer be one refusal."""
    try:
        yield
    except (
        WebAuthnException,
        OTPWebAuthnApiError,
        IntegrityError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise PasskeyRefusedError from error
