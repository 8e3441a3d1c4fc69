"""What a request carries once it is known who makes it."""

from trousseau.accounts.models import Account
from trousseau.accounts.session_store import SessionStore
from trousseau.organisations.requests import TenantRequest


class VisitorRequest(TenantRequest):
    """Made by anybody, signed in or not."""

    account: Account | None
    session_account: Account | None
    actor_id: str
    session: SessionStore


class SignedInRequest(TenantRequest):
    """Made by somebody signed in at the organisation; `signed_in` sees to it."""

    account: Account
    session_account: Account
    actor_id: str
    session: SessionStore
