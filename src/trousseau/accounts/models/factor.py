"""Second factors: an application that shows codes, passkeys; and the removal of lost ones."""

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import VerifyNotAllowed
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import AbstractWebAuthnCredential

from trousseau import clock, sealing, tokens
from trousseau.accounts.models.account import Account

log = logging.getLogger(__name__)
# RFC 4226 §4 asks for 16 and recommends 20.
KEY_BYTES = 20
# The first wrong code is a slip of the finger and costs no wait. Then 1 s, 2 s, 4 s … and never
# longer than this, so that nobody who knows the password can shut the owner out for days.
FREE_FAILURES = 1
LONGEST_WAIT = timedelta(minutes=15)
# Wrong codes in a row before the application is believed no more (SIG-03).
MOST_FAILURES = 100


class CodeApp(TOTPDevice):  # type: ignore[misc]  # untyped library
    """An application that shows a code of six digits, new every half minute (RFC 6238).

    The algorithm, the memory of the last code accepted and the count of failures are
    django-otp's; its growing delay has no end, ours has. Only a confirmed one is asked for. The
    key that it shares with the person's device is sealed for this account (`trousseau.sealing`).
    """

    class Meta:
        proxy = True

    @classmethod
    def begin(cls, account: Account) -> "CodeApp":
        """Make one with a fresh key, not confirmed yet."""
        app = cls(user=account, name="", confirmed=False)
        app._seal(secrets.token_bytes(KEY_BYTES))
        app.save()
        return app

    @property
    def bin_key(self) -> bytes:
        """The key itself. Raises sealing.UnreadableError."""
        return sealing.unseal(bytes.fromhex(self.key), f"code-app:{self.user_id}")

    def verify_token(self, token: str) -> bool:
        """Tell whether it shows this code now; a key sealed under a former secret is renewed."""
        try:
            self._seal(self.bin_key)
        except sealing.UnreadableError:
            log.exception("the key of code application %s cannot be read any more", self.pk)
            return False
        return bool(super().verify_token(token))

    def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
        """Tell whether a code may be tried now, and if not, until when (`locked_until`)."""
        failures = self.throttling_failure_count
        failed_at: datetime | None = self.throttling_failure_timestamp
        if failures <= FREE_FAILURES or failed_at is None:
            return True, None
        if failures >= MOST_FAILURES:
            return False, {"reason": VerifyNotAllowed.N_FAILED_ATTEMPTS}
        doublings = min(failures - FREE_FAILURES - 1, 20)
        until = failed_at + min(timedelta(seconds=2**doublings), LONGEST_WAIT)
        if clock.now() >= until:
            return True, None
        return False, {"reason": VerifyNotAllowed.N_FAILED_ATTEMPTS, "locked_until": until}

    def _seal(self, key: bytes) -> None:
        self.key = sealing.seal(key, f"code-app:{self.user_id}").hex()


class Passkey(AbstractWebAuthnCredential):  # type: ignore[misc]  # untyped library
    """A key that a phone, a computer or a security key holds for one host name (WebAuthn).

    Only its public half is kept here: whoever reads this table can open nothing with it.
    """

    # The host name it was made for; a browser offers it nowhere else.
    host = models.CharField(max_length=253)

    class Meta(AbstractWebAuthnCredential.Meta):  # type: ignore[misc]  # untyped library
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        indexes = [models.Index(fields=["user", "host"], name="passkey_of_account")]


class FactorReset(models.Model):
    """Somebody has lost every second factor: two helpers take it off together (four eyes)."""

    public_id = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="factor_resets")
    # How the first helper made sure of who is asking.
    proof = models.CharField(max_length=20)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    started_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "reset of second factors"
        constraints = [
            models.UniqueConstraint(
                "account", condition=models.Q(ended_at__isnull=True), name="one_factor_reset_open"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("started_by"))
                & ~models.Q(confirmed_by=models.F("account")),
                name="factor_reset_by_two",
            ),
            models.CheckConstraint(
                condition=~models.Q(started_by=models.F("account")),
                name="factor_reset_not_started_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} since {self.started_at:%Y-%m-%d %H:%M}"
