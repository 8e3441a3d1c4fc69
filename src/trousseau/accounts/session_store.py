"""Sessions in the database, found by the digest of the cookie (SES-01, SES-03, SES-05)."""

import copy
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction

from trousseau import clock, insertion, tokens
from trousseau.accounts.models import Session
from trousseau.accounts.signals import session_replaced
from trousseau.organisations.policies import SessionLimits

# How stale "last seen" may be, unless the session may be left alone for a short time only: a write
# at every page would cost more than it tells.
SEEN_EVERY = timedelta(minutes=5)
# How long requests that were on their way when the key changed are still answered.
GRACE = timedelta(seconds=30)
# Nobody's session: a choice to be made, a second step to be taken.
NOBODYS = SessionLimits(idle=30, longest=30)
KEY_BYTES = 32
# What the session vouches for: which second factor opened it; when all of it was last proved.
VERIFIED, CONFIRMED_AT = "factor", "confirmed-at"
# What was proved with the second factor still missing: at sign-in, and before a change.
HALF_WAY, FIRST_AT = "second-step", "first-factor-at"
PROOFS = (VERIFIED, CONFIRMED_AT, HALF_WAY, FIRST_AT)


class SessionStore(SessionBase):
    """Django's session, with what a person needs to recognise it in a list."""

    account_id: int | None = None
    agent: str = ""
    address: str | None = None
    ticket: str = ""
    limits: SessionLimits = NOBODYS
    created_at: datetime | None = None
    # The key in the cookie was this session's a moment ago; another cookie is on its way.
    has_former_key: bool = False
    _found: str | None = None
    _fresh: str | None = None
    _written: tuple[str | None, dict[str, Any] | None] = (None, None)

    def describe(
        self,
        account_id: int | None,
        agent: str,
        address: str,
        *,
        ticket: str = "",
        limits: SessionLimits = NOBODYS,
    ) -> None:
        """Say whose session this is, where it comes from and how long it lasts.

        Kept at the next save. `ticket` is the digest of the CAS ticket that opened it, if one
        did: a second session by the same one is refused when it is saved (CreateError).
        """
        self.account_id, self.agent, self.address = account_id, agent, address or None
        self.ticket, self.limits = ticket, limits

    def load(self) -> dict[str, Any]:
        """Return the session's data; an unknown or expired key is never adopted."""
        now = clock.now()
        digest = self._digest()
        live = Session.objects.filter(expires_at__gt=now)
        row = live.filter(digest=digest).first()
        if row is None:
            row = live.filter(former_digest=digest, former_until__gt=now).first()
            self.has_former_key = row is not None
        if row is None:
            self._session_key = None
            return {}
        self._found = row.digest
        self.account_id, self.agent, self.address = row.account_id, row.agent, row.address
        self.ticket, self.created_at = row.ticket, row.created_at
        self.limits = SessionLimits(row.idle_seconds // 60, row.longest_seconds // 60)
        if now - row.seen_at > min(SEEN_EVERY, timedelta(seconds=row.idle_seconds / 6)):
            expires_at = self._expiry(now)
            Session.objects.filter(digest=row.digest).update(seen_at=now, expires_at=expires_at)
        data = dict(row.data)
        if self.has_former_key:
            # Whoever holds no more than this key has proved nothing since (SES-02).
            for proof in PROOFS:
                data.pop(proof, None)
        return data

    def create(self) -> None:
        """Take a fresh key; the row itself is written once, at the end of the request."""
        self._session_key = self._get_new_session_key()
        self._found, self.created_at, self.has_former_key = None, None, False
        self.modified = True

    def cycle_key(self, *, proved: bool = False) -> None:
        """Change the key and keep the data (SES-02).

        Requests that are on their way with the former key are answered for `GRACE` longer, but the
        session vouches for nothing to them; and they never put the former cookie back. `proved`:
        the person has just proved who they are.
        """
        self._rekey(proved=proved, former_until=clock.now() + GRACE)

    def begin(self, account_id: int) -> None:
        """Make room for somebody who has just proved who they are: a fresh key, no data (SES-02).

        Where the session was theirs already, what other rooms hang on it goes on with it.
        """
        self.load_once()
        if self.session_key and self.account_id == account_id:
            self._rekey(proved=True, former_until=None)
            self.clear()
        else:
            self.flush()

    @contextmanager
    def in_one_piece(self) -> Iterator[None]:
        """Have all that the block does to the session happen, or nothing of it (VAL-04).

        When the block fails, the rows and the session in hand are what they were before it: whoever
        was signed in still is. The block saves what it wants kept.
        """
        self.load_once()
        before = copy.deepcopy(self.__dict__)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self.__dict__ = before
            raise

    def load_once(self) -> None:
        """Have the row read, if there is one."""
        self._get_session()  # type: ignore[attr-defined]

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Write the session; one that was ended meanwhile stays ended.

        A request on its way with a former key writes nothing.
        """
        if self.has_former_key:
            return
        if self.session_key is None:
            self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if self._written == (self.session_key, data):
            return
        now = clock.now()
        self.created_at = self.created_at or now
        values = {
            "data": data,
            "account_id": self.account_id,
            "agent": self.agent,
            "address": self.address,
            "ticket": self.ticket,
            "seen_at": now,
            "idle_seconds": self.limits.idle * 60,
            "longest_seconds": self.limits.longest * 60,
            "expires_at": self._expiry(now),
        }
        try:
            # What is refused is a ticket's second use: the caller's other rows stay.
            with transaction.atomic(savepoint=bool(self.ticket)):
                if self._is_new():
                    insertion.insert(
                        Session(digest=self._digest(), created_at=self.created_at, **values)
                    )
                elif not Session.objects.filter(digest=self._digest()).update(**values):
                    self._give_way()
        except IntegrityError as error:
            raise CreateError from error
        self._written = (self.session_key, dict(data))

    def exists(self, session_key: str) -> bool:
        """Tell whether a key is taken."""
        return Session.objects.filter(digest=tokens.digest(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End a session at once."""
        key = session_key or self.session_key
        if key:
            digest = self._digest() if key == self.session_key else tokens.digest(key)
            Session.objects.filter(digest=digest).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what is past."""
        Session.objects.filter(expires_at__lte=clock.now()).delete()

    @property
    def digest(self) -> str:
        """What the session is kept under; it opens nothing."""
        self.load_once()
        return self._digest() if self.session_key else ""

    def _rekey(self, *, proved: bool, former_until: datetime | None) -> None:
        self.load_once()
        former, created_at = self._digest(), self.created_at
        data = self._get_session()  # type: ignore[attr-defined]
        self.create()
        self._session_cache = data
        # Who signs in anew begins anew; else the time that a session may last runs on.
        self.created_at = created_at if former_until else clock.now()
        current = self._digest()
        with transaction.atomic():
            moved = Session.objects.filter(digest=former).update(
                digest=current,
                former_digest=former if former_until else "",
                former_until=former_until,
                created_at=self.created_at or clock.now(),
            )
            if moved:
                self._fresh, self._found = None, current
                session_replaced.send(SessionStore, former=former, current=current, proved=proved)

    def _give_way(self) -> None:
        """Drop what was to be written, if the session has gone on under a new key meanwhile."""
        now = clock.now()
        renewed = Session.objects.filter(former_digest=self._digest(), former_until__gt=now)
        if not renewed.exists():
            raise UpdateError
        self.has_former_key = True

    def _get_new_session_key(self) -> str:
        # 256 bits: no need to ask the database whether it is free.
        self._fresh = secrets.token_urlsafe(KEY_BYTES)
        return self._fresh

    def _is_new(self) -> bool:
        return self._fresh is not None and self.session_key == self._fresh != self._written[0]

    def _digest(self) -> str:
        return self._found or tokens.digest(self.session_key or "")

    def _expiry(self, seen_at: datetime) -> datetime:
        idle = seen_at + timedelta(minutes=self.limits.idle)
        longest = (self.created_at or seen_at) + timedelta(minutes=self.limits.longest)
        return min(idle, longest)
