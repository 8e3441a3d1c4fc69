"""Saved codes: what opens the second step when phone and keys are out of reach (REC-23).

Each carries 118 random bits, so that a plain SHA-256 is enough at rest (ASVS 6.5.2 asks for 112),
and opens one sign-in. Making new ones ends the old ones.
"""

import secrets
from datetime import timedelta

from django.db import transaction

from trousseau import clock, tokens
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, factors
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

NUMBER = 10
# Without letters and digits that are taken for one another when copied by hand.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
GROUPS, GROUP_LENGTH = 6, 4
# As good as for ever: what ends them is being used or replaced.
LIFETIME = timedelta(days=10 * 365)
KIND = Credential.Kind.SAVED_CODE


def make(account: Account, origin: Origin, *, keep: str) -> list[str]:
    """Return new codes, to be shown this once; the former ones open nothing any more."""
    codes = [_code() for _ in range(NUMBER)]
    now = clock.now()
    with transaction.atomic():
        credentials.take_turns([account])
        credentials.supersede(account, KIND, origin=origin)
        Credential.objects.bulk_create(
            Credential(
                kind=KIND,
                account=account,
                digest=_digest(account, code),
                created_at=now,
                expires_at=now + LIFETIME,
            )
            for code in codes
        )
        factors.changed(account, Tag.SAVED_CODES_MADE, "codes", origin, keep=keep)
    return codes


def left(account: Account) -> int:
    """Return how many codes are still good."""
    live = Credential.objects.filter(
        account=account, kind=KIND, used_at__isnull=True, superseded_at__isnull=True
    )
    return live.filter(expires_at__gt=clock.now()).count()


def accept(account: Account, typed: str) -> bool:
    """Use a code of this account up; of parallel attempts exactly one is told yes (REC-07)."""
    found = Credential.objects.filter(
        account=account, kind=KIND, digest=_digest(account, typed)
    ).first()
    return found is not None and credentials.use(found)


def _code() -> str:
    signs = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)]
    groups = ["".join(signs[start : start + GROUP_LENGTH]) for start in range(0, len(signs), 4)]
    return "-".join(groups)


def _digest(account: Account, typed: str) -> str:
    plain = "".join(sign for sign in typed.casefold() if sign.isalnum())
    return tokens.digest(f"{account.public_id}:{plain}")
