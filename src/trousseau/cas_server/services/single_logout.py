"""Tell applications that somebody has signed out: recorded at once, posted by a worker.

Fire and forget, as the protocol has it: the person never waits, errors are nobody's business
but the operator's, and after a few attempts the notice is given up.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings

from trousseau import clock
from trousseau.cas_server import matching, outgoing, ticket_text
from trousseau.cas_server.models import LogoutNotice, SignOn, Ticket
from trousseau.cas_server.protocol import logout_request
from trousseau.signin.cas.transport import UnreachableError
from trousseau.work import leases, wakeups

log = logging.getLogger(__name__)
# Notices in one turn of a server, unless it has lasted that long.
TURN = 20
TURN_SECONDS = 1.0
# Notices that are put off together when their server does not answer.
AT_ONCE = 500
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
        sign_on=sign_on, kind=Ticket.Kind.SERVICE, opened=True, service__single_logout=True
    ).select_related("service", "organisation")
    notices = []
    for ticket in opened:
        url = ticket.service.logout_address or ticket.url
        notices.append(
            LogoutNotice(
                organisation=ticket.organisation.slug,
                account=account.public_id,
                application=ticket.service.name,
                kind=ticket.kind,
                seed=ticket.seed,
                url=url,
                server=_server(url),
                created_at=now,
                next_attempt_at=now,
                purge_at=now + KEPT,
            )
        )
    LogoutNotice.objects.bulk_create(notices, batch_size=500)
    if notices:
        wakeups.notify()
    return len(notices)


def deliver() -> int:
    """Give each server for which notices are due its turn; return how many were handled.

    In one turn a server is told of a few sign-outs while it answers at once, and of one when it
    takes its time; the notices for one that does not answer wait together. So neither a flood of
    sign-outs nor a slow application holds up what the others are to be told, for longer than one
    answer may take.
    """
    now = clock.now()
    notices = LogoutNotice.objects.order_by()
    servers = set(leases.due(notices, now).values_list("server", flat=True).distinct())
    if not servers:
        leases.recall(notices, now)
    return sum(map(_take_turn, servers))


def _take_turn(server: str) -> int:
    waiting = LogoutNotice.objects.filter(server=server)
    begun = time.monotonic()
    for handled in range(TURN):
        if handled and time.monotonic() - begun > TURN_SECONDS:
            return handled
        # One at a time, so that a lease never runs out while others are posted.
        claimed = leases.claim(waiting, 1)
        if not claimed:
            return handled
        if not _post(*claimed):
            rest = leases.claim(waiting, AT_ONCE)
            for notice in rest:
                _try_later(notice, "its server did not answer a moment ago")
            return handled + 1 + len(rest)
    return TURN


def _post(notice: LogoutNotice) -> bool:
    """Tell an application of a sign-out; return whether it answered."""
    try:
        status = outgoing.post_form(notice.url, {logout_request.FIELD: _text(notice)})
    except UnreachableError as error:
        _try_later(notice, str(error))
        return False
    _record(notice, status)
    return True


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
