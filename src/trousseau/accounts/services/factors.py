"""The second factor: of whom it is asked, and whether a session was opened with one."""

from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore

VERIFIED = "factor"


def requires_factor(account: Account) -> bool:
    """Tell whether a password alone is too little for what this person may do (SIG-07)."""
    return account.is_operator or account.is_helper()


def session_is_verified(session: SessionStore) -> bool:
    """Tell whether the session was opened with a second factor, or a passkey in place of both."""
    return bool(session.get(VERIFIED))
