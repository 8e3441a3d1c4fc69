"""Follow a mailed link and choose a new password."""

from django.db import transaction

from trousseau import clock
from trousseau.accounts.models import Account, Credential
from trousseau.accounts.services import credentials, passwords
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.organisations.models import Organisation
from trousseau.recovery.models import RecoveryRequest


class LinkUnusableError(Exception):
    """The link opens nothing; `state` says why, None when there never was such a link."""

    def __init__(self, state: Credential.State | None, credential: Credential | None) -> None:
        """Keep what the page needs to say what to do next."""
        super().__init__(state)
        self.state = state
        self.credential = credential


def visit(organisation: Organisation, secret: str, origin: Origin | None = None) -> Credential:
    """Return the live credential that a link's secret opens, using nothing up (REC-12).

    Raises LinkUnusableError: another organisation's link is unknown here (TOK-02). Where somebody
    at `origin` shows it, the trail says so (LOG-01).
    """
    credential = credentials.find_shown(organisation, Credential.Kind.RECOVERY, secret, origin)
    if credential is None:
        raise LinkUnusableError(None, None)
    state = credential.state_at(clock.now())
    if state == Credential.State.LIVE and not _may_recover(credential.account):
        state = Credential.State.SUPERSEDED
    if state != Credential.State.LIVE:
        if origin:
            credentials.record_refused(credential, origin, state)
        raise LinkUnusableError(state, credential)
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
    password_hash = passwords.prepare(account, new, origin)
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
                reference=credential.issuer,
                credential=credential.public_id,
            )
    if not won:
        credential.refresh_from_db()
        state = credential.state_at(clock.now())
        credentials.record_refused(credential, origin, state)
        raise LinkUnusableError(state, credential)
    return account


def _may_recover(account: Account) -> bool:
    return account.is_active and account.signs_in_here
