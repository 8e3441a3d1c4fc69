"""Follow a mailed link and choose a new password."""

from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, passwords
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Outcome, Tag
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest


class LinkUnusableError(Exception):
    """The link opens nothing; `state` says why, None when there never was such a link."""

    def __init__(self, state: Credential.State | None, credential: Credential | None) -> None:
        """Keep what the page needs to say what to do next."""
        super().__init__(state)
        self.state = state
        self.credential = credential


def visit(organisation: Organisation, secret: str) -> Credential:
    """Return the live credential that a link's secret opens, using nothing up (REC-12).

    Raises LinkUnusableError: another organisation's link is unknown here (TOK-02).
    """
    credential = credentials.find(Credential.Kind.RECOVERY, secret)
    if credential is None or credential.account.organisation_id != organisation.pk:
        raise LinkUnusableError(None, None)
    state = credential.state_at(clock.now())
    if state != Credential.State.LIVE:
        raise LinkUnusableError(state, credential)
    if not _may_recover(credential.account):
        raise LinkUnusableError(Credential.State.SUPERSEDED, credential)
    credentials.open_(credential)
    return credential


def choose_password(organisation: Organisation, secret: str, new: str, origin: Origin) -> Account:
    """Set the new password and use the link up: both or neither (REC-07).

    Of two parallel attempts one wins, the other learns that the link is used. Raises
    LinkUnusableError, passwords.PasswordRefusedError and hashing.TooBusyError; whatever is
    raised, the link is as it was.
    """
    credential = visit(organisation, secret)
    account = credential.account
    password_hash = passwords.prepare(account, new)
    with transaction.atomic():
        credentials.take_turns([account])
        if not credentials.use(credential):
            won = False
        else:
            won = True
            passwords.store(account, password_hash, origin)
            RecoveryRequest.objects.filter(links__credential=credential).update(
                closed_at=clock.now()
            )
            trail.record(
                Tag.RECOVERY_DONE,
                origin,
                organisation=organisation.slug,
                subject=account.public_id,
                credential=credential.public_id,
            )
    if not won:
        credential.refresh_from_db()
        _record_reuse(organisation, credential, origin)
        raise LinkUnusableError(credential.state_at(clock.now()), credential)
    return account


def _may_recover(account: Account) -> bool:
    return account.is_active and account.signs_in_here


def _record_reuse(organisation: Organisation, credential: Credential, origin: Origin) -> None:
    trail.record(
        Tag.CREDENTIAL_REUSED,
        origin,
        organisation=organisation.slug,
        subject=credential.account.public_id,
        outcome=Outcome.REFUSED,
        credential=credential.public_id,
    )
