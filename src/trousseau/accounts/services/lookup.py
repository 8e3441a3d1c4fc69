"""Find accounts by what people type."""

from django.db.models import Q

from trousseau import addresses
from trousseau.accounts.models import Account, ContactAddress
from trousseau.accounts.models.account import username_key
from trousseau.organisations.models import Organisation

# A sign-in is the one query whose cost thousands of people wait for at once.
NEEDED_TO_SIGN_IN = ("organisation_id", "public_id", "state", "local_sign_in", "password")


def by_sign_in_name(organisation: Organisation, typed: str) -> Account | None:
    """Return the one account that a username, or an e-mail where permitted, points to.

    A username wins over an address; an address counts only while it points to one account.
    Whether anything is found or not, the same queries run for the same kind of text.
    """
    accounts = Account.objects.filter(organisation=organisation).only(*NEEDED_TO_SIGN_IN)
    named = next(iter(accounts.filter(username_key=username_key(typed))), None)
    if not organisation.email_sign_in or "@" not in typed:
        return named
    try:
        key = addresses.key(typed)
    except addresses.InvalidAddressError:
        return named
    reached = list(
        accounts.filter(addresses__key=key, addresses__confirmed_at__isnull=False).distinct()[:2]
    )
    return named or (reached[0] if len(reached) == 1 else None)


def behind_address(organisation: Organisation | None, key: str) -> list[Account]:
    """Return every account that a mailbox may recover, those of its owner first.

    The owner's accounts are those with this confirmed address; then the children of guardians
    with this address, unless the guardian is suspended (REC-20). Without an organisation, the
    accounts of all active ones.
    """
    own = Q(addresses__key=key, addresses__confirmed_at__isnull=False)
    guarded = Q(
        guardianships__guardian__addresses__key=key,
        guardianships__guardian__addresses__confirmed_at__isnull=False,
    ) & ~Q(guardianships__guardian__state=Account.State.SUSPENDED)
    accounts = Account.objects.filter(organisation__active=True)
    if organisation:
        accounts = accounts.filter(organisation=organisation)
    # Two plain queries: one with OR across two joins would leave both indexes unused.
    keys = [
        list(accounts.filter(condition).distinct().values_list("pk", flat=True))
        for condition in (own, guarded)
    ]
    found = (
        Account.objects.select_related("organisation")
        .prefetch_related("schools", "classes")
        .in_bulk([*keys[0], *keys[1]])
    )
    order = dict.fromkeys([*sorted(keys[0]), *sorted(keys[1])])
    mine = set(keys[0])
    return sorted(
        (found[pk] for pk in order),
        key=lambda account: (
            account.organisation.name,
            account.role == Account.Role.PUPIL,
            account.pk not in mine,
            account.given_name,
            account.pk,
        ),
    )


def children(guardian: Account) -> list[Account]:
    """Return the children somebody answers for, within the organisation."""
    return list(
        Account.objects.filter(
            guardianships__guardian=guardian, organisation=guardian.organisation_id
        ).order_by("given_name", "pk")
    )


def notice_addresses(account: Account) -> list[str]:
    """Return where to tell about the account: its own addresses, else those of its guardians."""
    confirmed = ContactAddress.objects.filter(confirmed_at__isnull=False)
    own = confirmed.filter(account=account)
    guardians = confirmed.filter(account__in=account.guardianships.values("guardian"))
    return sorted({one.key: one.address for one in own or guardians}.values())
