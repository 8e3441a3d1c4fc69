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
    # When its owner followed our link for the first time; an address known otherwise has none.
    first_confirmed_at = models.DateTimeField(null=True, blank=True)
    # Set when the address no longer counts (`confirmed_at` is emptied with it); kept for as
    # long as its owner may object.
    retired_at = models.DateTimeField(null=True, blank=True)
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
