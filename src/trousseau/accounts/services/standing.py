"""Suspend an account, and let it be used again."""

from django.db import transaction

from trousseau.accounts.models import Account
from trousseau.accounts.services import credentials, sessions
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag


def suspend(account: Account, origin: Origin) -> bool:
    """Let nothing open the account; every session and mailed link ends (SES-06).

    False where it was not active. What was ended stays so after `reactivate`.
    """
    return _move(account, Account.State.ACTIVE, Account.State.SUSPENDED, Tag.SUSPENDED, origin)


def reactivate(account: Account, origin: Origin) -> bool:
    """Let a suspended account be used again; false where it was not suspended."""
    return _move(account, Account.State.SUSPENDED, Account.State.ACTIVE, Tag.REACTIVATED, origin)


def _move(
    account: Account, former: Account.State, state: Account.State, tag: Tag, origin: Origin
) -> bool:
    with transaction.atomic():
        credentials.take_turns([account])
        if not Account.objects.filter(pk=account.pk, state=former).update(state=state):
            return False
        account.state = state
        credentials.supersede(account, credentials.Kind.RECOVERY, origin=origin)
        sessions.end_all(account, origin)
        trail.record(tag, origin, organisation=account.organisation.slug, subject=account.public_id)
    return True
