"""Django's hook for loading the signed-in account; it lets nobody in by itself (SIG-08)."""

from django.contrib.auth.backends import BaseBackend

from trousseau.accounts.models import Account


class AccountBackend(BaseBackend):
    """Loads an account by primary key, with its organisation."""

    def get_user(self, user_id: int) -> Account | None:
        """Return the account, or nothing when it is gone."""
        return Account.objects.select_related("organisation").filter(pk=user_id).first()
