"""Sessions in the database, found by the digest of the cookie (SES-01, SES-03, SES-05)."""

import copy
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction

from trousseau import clock, insertion, tokens
from trousseau.accounts.models import Session
from trousseau.accounts.signals import session_replaced

# How stale "last seen" may be: a write at every page would cost more than it tells.
SEEN_EVERY = timedelta(minutes=5)
KEY_BYTES = 32


class SessionStore(SessionBase):
    """Django's session, with what a person needs to recognise it in a list."""

    account_id: int | None = None
    agent: str = ""
    address: str | None = None
    ticket: str = ""
    _fresh: str | None = None
    _written: tuple[str | None, dict[str, Any] | None] = (None, None)

    def describe(
        self, account_id: int | None, agent: str, address: str, *, ticket: str = ""
    ) -> None:
        """Say whose session this is and where it comes from; kept at the next save.

        `ticket` is the digest of the CAS ticket that opened it, if one did: a second session by
        the same one is refused when it is saved (CreateError).
        """
        self.account_id, self.agent, self.address = account_id, agent, address or None
        self.ticket = ticket

    def load(self) -> dict[str, Any]:
        """Return the session's data; an unknown or expired key is never adopted."""
        now = clock.now()
        row = Session.objects.filter(digest=self._digest(), expires_at__gt=now).first()
        if row is None:
            self._session_key = None
            return {}
        self.account_id, self.agent, self.address = row.account_id, row.agent, row.address
        self.ticket = row.ticket
        if now - row.seen_at > SEEN_EVERY:
            expires_at = self._expiry(row.created_at, now)
            Session.objects.filter(digest=row.digest).update(seen_at=now, expires_at=expires_at)
        return dict(row.data)

    def create(self) -> None:
        """Take a fresh key; the row itself is written once, at the end of the request."""
        self._session_key = self._get_new_session_key()
        self.modified = True

    def cycle_key(self) -> None:
        """Change the key and keep the data (SES-02)."""
        former = self.session_key
        data = self._get_session()  # type: ignore[attr-defined]
        self.create()
        self._session_cache = data
        if former:
            # Before the former one ends, so that what stands on it need not end with it.
            session_replaced.send(
                SessionStore, former=tokens.digest(former), current=self._digest()
            )
            self.delete(former)

    def begin(self, account_id: int) -> None:
        """Make room for somebody who has just proved who they are: a fresh key, no data (SES-02).

        Where the session was theirs already, what other rooms hang on it goes on with it.
        """
        self.load_once()
        if self.session_key and self.account_id == account_id:
            self.cycle_key()
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
        """Write the session; one that was ended meanwhile stays ended."""
        if self.session_key is None:
            self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if self._written == (self.session_key, data):
            return
        now = clock.now()
        values = {
            "data": data,
            "account_id": self.account_id,
            "agent": self.agent,
            "address": self.address,
            "ticket": self.ticket,
            "seen_at": now,
        }
        if self._is_new():
            try:
                # What is refused is a ticket's second use: the caller's other rows stay.
                with transaction.atomic(savepoint=bool(self.ticket)):
                    insertion.insert(
                        Session(
                            digest=self._digest(),
                            created_at=now,
                            expires_at=self._expiry(now, now),
                            **values,
                        )
                    )
            except IntegrityError as error:
                raise CreateError from error
        elif not Session.objects.filter(digest=self._digest()).update(**values):
            raise UpdateError
        self._written = (self.session_key, dict(data))

    def exists(self, session_key: str) -> bool:
        """Tell whether a key is taken."""
        return Session.objects.filter(digest=tokens.digest(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End a session at once."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(digest=tokens.digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what is past."""
        Session.objects.filter(expires_at__lte=clock.now()).delete()

    def _get_new_session_key(self) -> str:
        # 256 bits: no need to ask the database whether it is free.
        self._fresh = secrets.token_urlsafe(KEY_BYTES)
        return self._fresh

    def _is_new(self) -> bool:
        return self._fresh is not None and self.session_key == self._fresh != self._written[0]

    def _digest(self) -> str:
        return tokens.digest(self.session_key or "")

    @staticmethod
    def _expiry(created_at: datetime, seen_at: datetime) -> datetime:
        idle = seen_at + timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        absolute = created_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return min(idle, absolute)
