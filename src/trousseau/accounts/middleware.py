"""Who is signed in."""

from collections.abc import Callable

from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trousseau.accounts.hashing import TooBusyError
from trousseau.accounts.models import Account
from trousseau.ui import errors


class SignedInAccount:
    """Set `account` (or None), `actor_id` and `actor_role` on every request.

    `session_account` is whose session it is, also where another organisation's page is asked
    for and the account counts for nothing (`organisations.middleware.Tenant`).

    Only a request that brings a session cookie costs a query. Django checks that the session
    was opened with the account's present password and that the account still exists.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Load the account and pass the request on."""
        account = None
        if request.session.session_key:
            user = get_user(request)
            account = user if isinstance(user, Account) and user.is_active else None
        request.user = request.account = account  # type: ignore[assignment,attr-defined]
        request.session_account = account  # type: ignore[attr-defined]
        request.actor_id = account.public_id if account else ""  # type: ignore[attr-defined]
        request.actor_role = account.role if account else ""  # type: ignore[attr-defined]
        return self._get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Say 503 where too many passwords are being checked at once."""
        return errors.too_busy(request) if isinstance(exception, TooBusyError) else None
