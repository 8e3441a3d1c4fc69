"""Tell applications that somebody has signed out: recorded at once, posted by a worker.

Fire and forget, as the protocol has it: the person never waits, errors are nobody's business
but the operator's, and after a few attempts the notice is given up.
"""

import logging
from datetime import timedelta

from django.conf import settings

from trousseau import clock
from trousseau.cas_server import matching, outgoing, ticket_text
from trousseau.cas_server.models import LogoutNotice, SignOn, Ticket
from trousseau.cas_server.protocol import logout_request
from trousseau.signin.cas.transport import UnreachableError
from trousseau.work import leases, wakeups

log = logging.getLogger(__name__)
BATCH = 20
LEASE = timedelta(seconds=150)
ATTEMPTS = 4
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))
KEPT = timedelta(days=7)
GOOD_STATUSES = range(200, 400)
State = LogoutNotice.State


def announce(sign_on: SignOn) -> int:
    """Record a notice for each application that the sign-on has opened; return how many."""
    now = clock.now()
    account = sign_on.account
    opened = Ticket.objects.filter(
        sign_on=sign_on, opened=True, service__single_logout=True
    ).select_related("service", "organisation")
    notices = [
        LogoutNotice(
            organisation=ticket.organisation.slug,
            account=account.public_id,
            application=ticket.service.name,
            kind=ticket.kind,
            seed=ticket.seed,
            url=ticket.service.logout_address or ticket.url,
            created_at=now,
            next_attempt_at=now,
            purge_at=now + KEPT,
        )
        for ticket in opened
        if ticket.kind == Ticket.Kind.SERVICE
    ]
    LogoutNotice.objects.bulk_create(notices, batch_size=500)
    if notices:
        wakeups.notify()
    return len(notices)


def deliver() -> int:
    """Post one batch of notices; return how many were handled.

    An application that does not answer is not asked again for the rest of the batch.
    """
    notices = leases.claim(LogoutNotice.objects.all(), BATCH, LEASE)
    silent: set[str] = set()
    for notice in notices:
        server = _server(notice.url)
        if server in silent:
            _try_later(notice, "its server did not answer a moment ago")
            continue
        try:
            status = outgoing.post_form(notice.url, {logout_request.FIELD: _text(notice)})
        except UnreachableError as error:
            silent.add(server)
            _try_later(notice, str(error))
        else:
            _record(notice, status)
    return len(notices)


def _text(notice: LogoutNotice) -> str:
    kind = ticket_text.Kind(notice.kind)
    ticket = ticket_text.derive(kind, notice.seed, settings.SECRET_KEY)
    return logout_request.render(ticket, identifier=notice.identifier, now=clock.now())


def _record(notice: LogoutNotice, status: int) -> None:
    if status in GOOD_STATUSES:
        leases.finish(notice, state=State.TOLD, answer=str(status))
    else:
        _try_later(notice, str(status))


def _try_later(notice: LogoutNotice, answer: str) -> None:
    if notice.attempts < ATTEMPTS:
        leases.put_back(notice, PAUSES[notice.attempts - 1], answer=answer[:200])
        return
    log.warning("application %s was not told of a sign-out: %s", notice.application, answer)
    leases.finish(notice, state=State.GIVEN_UP, answer=answer[:200])


def _server(url: str) -> str:
    try:
        return matching.parse(url).origin
    except matching.UnusableAddressError:
        return ""
