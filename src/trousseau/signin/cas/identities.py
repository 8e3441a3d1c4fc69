"""Which accounts an identity of the CAS server opens."""

from typing import Any, cast

from django.db import transaction
from django.db.models import CharField

from trousseau.accounts.models import Account
from trousseau.accounts.services.lookup import HELPS
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation
from trousseau.signin.cas.protocol import Identity
from trousseau.signin.cas.validation import NotValidatedError, issuer
from trousseau.signin.models import LinkedIdentity

LONGEST_IDENTIFIER = 200
# A guardian's records in the directory, and some to spare.
MOST_RECORDS = 20


def accounts_of(organisation: Organisation, identity: Identity, origin: Origin) -> list[Account]:
    """Return the accounts that the identity may open now, at least one.

    Those linked with it, and those that it is linked with at this moment because the CAS server
    says their directory identifier. Neither an e-mail nor a name ever links (SIG-09), and an
    account that another identity of this server has opened is left to that one. Raises
    NotValidatedError with the reason to tell the person.
    """
    identifier = identity.one(organisation.cas_identifier)
    if not identifier or len(identifier) > LONGEST_IDENTIFIER:
        raise NotValidatedError("nameless")
    _link(organisation, identity, identifier, origin)
    known = list(
        Account.objects.filter(
            organisation=organisation,
            identities__issuer=issuer(organisation),
            identities__identifier=identifier,
        )
        .annotate(helps=HELPS)  # type: ignore[no-redef]  # filled by the annotation
        .order_by("role", "given_name", "pk")
    )
    usable = [account for account in known if account.is_active]
    if usable:
        return usable
    states = {account.state for account in known}
    if Account.State.INACTIVE in states:
        raise NotValidatedError("inactive")
    raise NotValidatedError("suspended" if states else "unknown")


def refresh(account: Account, identity: Identity, origin: Origin) -> None:
    """Bring the details up to date that the organisation takes from its CAS server."""
    changed = []
    for detail, attribute in account.organisation.cas_attributes.items():
        value = identity.one(attribute)
        if value and len(value) <= _room(detail) and value != getattr(account, detail):
            setattr(account, detail, value)
            changed.append(detail)
    if changed:
        with transaction.atomic():
            account.save(update_fields=changed)
            _record(Tag.DETAILS_CHANGED, account, origin, details=changed)


def unlink(account: Account, origin: Origin) -> bool:
    """Forget who opens an account, so that the next one with its directory identifier may."""
    with transaction.atomic():
        gone, _ = LinkedIdentity.objects.filter(account=account).delete()
        if gone:
            _record(Tag.IDENTITY_UNLINKED, account, origin)
    return bool(gone)


def _link(organisation: Organisation, identity: Identity, identifier: str, origin: Origin) -> None:
    """Link every account of these directory identifiers that no identity of the issuer has."""
    issued_by = issuer(organisation)
    # An account without a directory identifier holds an empty one: it is nobody's.
    records = [one for one in identity.values(organisation.cas_directory_id) if one]
    free = Account.objects.filter(
        organisation=organisation, directory_id__in=records[:MOST_RECORDS]
    ).exclude(pk__in=LinkedIdentity.objects.filter(issuer=issued_by).values("account"))
    for account in free:
        with transaction.atomic():
            # Of two sign-ins at the same moment one links, and the other finds it done.
            _, is_new = LinkedIdentity.objects.get_or_create(
                account=account, issuer=issued_by, defaults={"identifier": identifier}
            )
            if is_new:
                _record(Tag.IDENTITY_LINKED, account, origin, issuer=issued_by)


def _room(detail: str) -> int:
    field = cast("CharField[str, str]", Account._meta.get_field(detail))  # noqa: SLF001 - Django's public Meta
    return field.max_length or 0


def _record(tag: Tag, account: Account, origin: Origin, **facts: Any) -> None:
    slug = account.organisation.slug
    trail.record(tag, origin, organisation=slug, subject=account.public_id, factor="cas", **facts)
