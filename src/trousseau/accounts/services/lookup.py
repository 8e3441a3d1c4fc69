"""Find accounts by what people type."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Case, Exists, F, OuterRef, When

from trousseau import addresses
from trousseau.accounts.models import Account, ClassPlace, ContactAddress, Guardianship, SchoolPlace
from trousseau.accounts.models.account import username_key
from trousseau.organisations.models import Organisation

# A sign-in is the one query whose cost thousands of people wait for at once: by hand, and no more
# columns than are needed.
NEEDED_TO_SIGN_IN = (
    "id",
    "organisation_id",
    "public_id",
    "state",
    "local_sign_in",
    "password",
    "password_changed_at",
    "role",
    "is_operator",
    "protected_since",
)
# `helps` as `Account.is_helper` has it, without a query of its own; pupils are not looked up.
_NAMED = f"""
    SELECT {", ".join(NEEDED_TO_SIGN_IN)},
        CASE role WHEN 'pupil' THEN 0 WHEN 'administrator' THEN 1 ELSE
            CASE WHEN EXISTS (SELECT 1 FROM accounts_schoolplace
                              WHERE account_id = accounts_account.id AND referent)
                   OR EXISTS (SELECT 1 FROM accounts_classplace
                              WHERE account_id = accounts_account.id AND in_charge)
            THEN 1 ELSE 0 END END AS helps
    FROM accounts_account
    WHERE organisation_id = %s AND username_key = %s
"""  # noqa: S608 - names of ours

# The same as an annotation named `helps`.
HELPS = Case(
    When(role=Account.Role.PUPIL, then=False),
    When(role=Account.Role.ADMINISTRATOR, then=True),
    default=Exists(SchoolPlace.objects.filter(account=OuterRef("pk"), referent=True))
    | Exists(ClassPlace.objects.filter(account=OuterRef("pk"), in_charge=True)),
)


def by_sign_in_name(organisation: Organisation, typed: str) -> Account | None:
    """Return the one account that a username, or an e-mail where permitted, points to.

    A username wins over an address; an address counts only while it points to one account.
    Whether anything is found or not, the same queries run for the same kind of text.
    """
    named = next(iter(Account.objects.raw(_NAMED, [organisation.pk, username_key(typed)])), None)
    if not organisation.email_sign_in or "@" not in typed:
        return named
    try:
        key = addresses.key(typed)
    except addresses.InvalidAddressError:
        return named
    accounts = (
        Account.objects.filter(organisation=organisation)
        .annotate(helps=HELPS)  # type: ignore[no-redef]  # filled by the annotation
        .only(*NEEDED_TO_SIGN_IN)
    )
    reached = list(
        accounts.filter(addresses__key=key, addresses__confirmed_at__isnull=False).distinct()[:2]
    )
    return named or (reached[0] if len(reached) == 1 else None)


class Mailbox(NamedTuple):
    """A mailbox somebody asks about: in one organisation (primary key), or in all of them."""

    organisation: int | None
    key: str


def behind_mailboxes(mailboxes: Collection[Mailbox]) -> dict[Mailbox, list[Account]]:
    """Return for each mailbox every account that it may recover.

    Its owner's accounts are those with this confirmed address; then the children of guardians
    with this address, unless the guardian is suspended (REC-20). Accounts of organisations that
    are not active are left out. A handful of queries, however many mailboxes.
    """
    keys = {mailbox.key for mailbox in mailboxes}
    own = set(
        ContactAddress.objects.filter(key__in=keys, confirmed_at__isnull=False).values_list(
            "key", "account_id"
        )
    )
    guarded = set(
        Guardianship.objects.filter(
            guardian__addresses__key__in=keys,
            guardian__addresses__confirmed_at__isnull=False,
            # Whatever an import may have written: nobody answers for a child next door (TEN-01).
            guardian__organisation=F("child__organisation"),
        )
        .exclude(guardian__state=Account.State.SUSPENDED)
        .values_list("guardian__addresses__key", "child_id")
    )
    accounts = (
        Account.objects.filter(organisation__active=True)
        .select_related("organisation")
        .prefetch_related("schools")
        .in_bulk([account for _, account in own | guarded])
    )
    found: dict[str, list[Account]] = {key: [] for key in keys}
    for key, account in own | guarded:
        if account in accounts:
            found[key].append(accounts[account])
    return {
        mailbox: sorted(
            (
                one
                for one in found[mailbox.key]
                if mailbox.organisation in {None, one.organisation_id}
            ),
            key=lambda one: (  # the owner's own first, then the children by name
                one.organisation.name,
                one.role == Account.Role.PUPIL,
                (mailbox.key, one.pk) not in own,
                one.given_name,
                one.pk,
            ),
        )
        for mailbox in mailboxes
    }


def children(guardian: Account) -> list[Account]:
    """Return the children somebody answers for, within the organisation."""
    return list(
        Account.objects.filter(
            guardianships__guardian=guardian, organisation=guardian.organisation_id
        ).order_by("given_name", "pk")
    )


def accounts_behind(account: Account) -> list[Account]:
    """Return every account that this one's mailboxes recover: itself and its children's."""
    return [account, *children(account)]


def notice_addresses(account: Account) -> list[str]:
    """Return where to tell about the account: its own addresses, else those of its guardians."""
    confirmed = ContactAddress.objects.filter(confirmed_at__isnull=False)
    own = confirmed.filter(account=account)
    guardians = confirmed.filter(
        account__in=account.guardianships.values("guardian"),
        account__organisation=account.organisation_id,
    )
    return sorted({one.key: one.address for one in own or guardians}.values())
