"""E-mail addresses of accounts."""

from django.db import models

from trousseau import clock
from trousseau.accounts.models.account import Account


class ContactAddress(models.Model):
    """An address at which an account may be reached and recovered, once confirmed.

    `key` is the compared form (`addresses.key`); mail always goes to `address`, as stored.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=254)
    key = models.CharField(max_length=320, db_index=True)
    main = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Set when the address is taken out of use (`confirmed_at` is emptied with it); the row stays
    # for as long as its owner may object.
    retired_at = models.DateTimeField(null=True, blank=True)
    # When it counted before it was taken out of use: what an objection brings back, even if the
    # address has been proposed anew meanwhile.
    counted_from = models.DateTimeField(null=True, blank=True)
    counted_until = models.DateTimeField(null=True, blank=True)
    # The address whose place this one takes once it is confirmed.
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        verbose_name = "address"
        ordering = ["-main", "created_at"]
        constraints = [
            models.UniqueConstraint("account", "key", name="address_once_an_account"),
            models.UniqueConstraint(
                "account", condition=models.Q(main=True), name="one_main_address_an_account"
            ),
            models.CheckConstraint(
                condition=models.Q(main=False) | models.Q(confirmed_at__isnull=False),
                name="main_address_is_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def has_counted(self) -> bool:
        """Whether the address counts or did before: only then may its owner object."""
        return bool(self.confirmed_at or self.counted_from)
