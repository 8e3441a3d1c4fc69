"""What people hold besides their password: an application, saved codes, a device with a passkey."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from django_otp.oath import hotp

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, PASSWORD, new_browser, sign_in
from trousseau.accounts.models import Account, CodeApp
from trousseau.accounts.services import factors, saved_codes
from trousseau.audit.tags import Tag

STEP = "/leia/sign-in/second-step/"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def code_of(app: CodeApp, clock: StoppedClock, steps: int = 0) -> str:
    """Return what the application shows, or did or will so many half minutes from now."""
    return f"{hotp(app.bin_key, int(clock.time()) // 30 + steps):06}"


def give_app(account: Account, name: str = "My phone") -> CodeApp:
    """Have the account ask for a code at sign-in from now on."""
    app = CodeApp.begin(account)
    app.name, app.confirmed = name, True
    app.save()
    factors.changed(account, Tag.FACTOR_ADDED, "added", ORIGIN)
    return app


def give_codes(account: Account) -> list[str]:
    return saved_codes.make(account, ORIGIN, keep="")


def half_way(account: Account, **browser: str) -> Client:
    """Give a browser in which the password was typed, and nothing else."""
    client = new_browser(**browser)
    assert sign_in(client, account, PASSWORD).status_code == 303
    return client


def through(account: Account, app: CodeApp, clock: StoppedClock) -> Client:
    """Give a browser that is signed in by both factors; the clock goes on by half a minute."""
    client = half_way(account)
    answer = client.post(STEP, {"code": code_of(app, clock)})
    assert answer.status_code == 303, answer.content
    clock(seconds=30)
    return client


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Device:
    """A device that holds one passkey, and may be made to lie."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    identity: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    flags: int = PRESENT | VERIFIED
    count: int = 1

    def make(self, options: dict[str, Any]) -> str:
        """Answer the options of a page with a new passkey."""
        asked = options["create"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: _big(numbers.x), -3: _big(numbers.y)}
        data = self._authenticator_data(asked["rp"]["id"], WITH_KEY)
        data += bytes(16) + len(self.identity).to_bytes(2, "big") + self.identity
        attestation = {"fmt": "none", "attStmt": {}, "authData": data + cbor2.dumps(public)}
        response = {
            "clientDataJSON": encoded(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": encoded(cbor2.dumps(attestation)),
            "transports": ["internal"],
        }
        return self._answer(response)

    def use(self, options: dict[str, Any]) -> str:
        """Answer the options of a page with the passkey."""
        asked = options["get"]
        data = self._authenticator_data(asked["rpId"])
        said = self._client_data("webauthn.get", asked["challenge"])
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encoded(said),
            "authenticatorData": encoded(data),
            "signature": encoded(signed),
        }
        return self._answer(response)

    def _authenticator_data(self, host: str, more: int = 0) -> bytes:
        self.count += 1
        flags = (self.flags | more).to_bytes(1, "big")
        return hashlib.sha256(host.encode()).digest() + flags + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = encoded(self.identity)
        whole = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps({**whole, "clientExtensionResults": {"credProps": {"rk": True}}})


def _big(number: int) -> bytes:
    return number.to_bytes(32, "big")
