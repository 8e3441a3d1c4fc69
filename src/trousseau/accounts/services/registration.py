"""Register an account: from the command line, the demonstration and tests."""

from typing import Any

from django.db import IntegrityError, transaction

from trousseau import addresses, clock
from trousseau.accounts.models import Account, ContactAddress
from trousseau.accounts.models.account import username_key
from trousseau.accounts.services import passwords
from trousseau.audit import trail
from trousseau.audit.origin import COMMAND_LINE, Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation


class UsernameTakenError(Exception):
    """The organisation has an account of this name already."""


def register(
    organisation: Organisation,
    username: str,
    *,
    role: Account.Role,
    given_name: str,
    family_name: str,
    email: str = "",
    password: str = "",
    origin: Origin = COMMAND_LINE,
    **details: Any,
) -> Account:
    """Register an account; `email` is known to be the person's, `password` may be left out.

    The password is judged like any other. Raises ValidationError (a name that is empty or too
    long), UsernameTakenError, PasswordRefusedError and addresses.InvalidAddressError; then
    nothing is kept.
    """
    account = Account(
        organisation=organisation,
        username=username.strip(),
        username_key=username_key(username),
        role=role,
        given_name=given_name,
        family_name=family_name,
        **details,
    )
    account.set_unusable_password()
    account.clean_fields(exclude=["organisation"])
    with transaction.atomic():
        try:
            with transaction.atomic():
                account.save()
        except IntegrityError as error:
            message = f"{organisation.name} has an account {username!r} already."
            raise UsernameTakenError(message) from error
        if email:
            add_address(account, email)
        if password:
            account.password = passwords.prepare(account, password)
            account.save(update_fields=["password"])
        trail.record(
            Tag.ACCOUNT_ADDED,
            origin,
            organisation=organisation.slug,
            subject=account.public_id,
            as_role=str(role),
        )
    return account


def add_address(account: Account, email: str) -> ContactAddress:
    """Note an address that somebody with the right to say so says is the person's."""
    return ContactAddress.objects.create(
        account=account,
        address=addresses.cleaned(email),
        key=addresses.key(email),
        main=not account.addresses.filter(main=True).exists(),
        confirmed_at=clock.now(),
    )
