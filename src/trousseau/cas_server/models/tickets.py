"""Tickets, the sign-ons they stand on, and the notices that end what they opened.

```mermaid
stateDiagram-v2
  [*] --> issued: somebody opens an application
  issued --> validated: the first attempt, everything right
  issued --> spent: the first attempt, something wrong
  issued --> expired: nobody asked within a minute
  validated --> ended: the person signs out, and the application is told
```
"""

from django.db import models

from trousseau import clock, tokens
from trousseau.accounts.models import Account
from trousseau.cas_server import ticket_text
from trousseau.cas_server.models.registry import Service
from trousseau.organisations.models import Organisation
from trousseau.work.models import Work, due_index


class SignOn(models.Model):
    """A session from which applications are opened: the protocol's ticket granting ticket.

    It is worth what the session is worth: no session under this digest, no ticket.
    """

    session_digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    authenticated_at = models.DateTimeField()
    # Whether a ticket has been issued already for the typing of the password.
    credentials_used = models.BooleanField(default=False)
    # Ask before each application is opened.
    warn = models.BooleanField(default=False)
    purge_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "sign-on"

    def __str__(self) -> str:
        return f"{self.account_id} {self.authenticated_at:%Y-%m-%d %H:%M}"


class Ticket(models.Model):
    """A service, proxy or proxy granting ticket, found by its digest."""

    class Kind(models.TextChoices):
        """Which attempt the ticket is good for."""

        SERVICE = ticket_text.Kind.SERVICE.value
        PROXY = ticket_text.Kind.PROXY.value
        GRANTING = ticket_text.Kind.GRANTING.value

    digest = models.CharField(max_length=64, unique=True)
    seed = models.CharField(max_length=48)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    sign_on = models.ForeignKey(SignOn, on_delete=models.CASCADE, related_name="tickets")
    # The application's address as it asked, or the callback's of a granting ticket.
    url = models.CharField(max_length=2000)
    from_credentials = models.BooleanField(default=False)
    # Callbacks through which a proxy ticket came, the newest first.
    proxies = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    # The one attempt; a granting ticket has any number and never gets a date here.
    used_at = models.DateTimeField(null=True, blank=True)
    # Whether that attempt succeeded: then there is a session to end.
    opened = models.BooleanField(default=False)
    purge_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "ticket"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LogoutNotice(Work):
    """Tell one application that the session behind one ticket is over."""

    class State(models.TextChoices):
        """What became of it; nobody waits for it."""

        DUE = "due"
        TOLD = "told"
        GIVEN_UP = "given_up"

    identifier = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    organisation = models.CharField(max_length=60)
    account = models.CharField(max_length=16)
    application = models.CharField(max_length=100)
    kind = models.CharField(max_length=3)
    seed = models.CharField(max_length=48)
    url = models.CharField(max_length=2000)
    # Scheme, host and port of it: each server has its turn.
    server = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    answer = models.CharField(max_length=200, blank=True)
    purge_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "sign-out notice"
        indexes = [
            due_index("logout_notice_due"),
            models.Index(
                fields=["server", "next_attempt_at"],
                name="logout_notice_due_there",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.state}"
