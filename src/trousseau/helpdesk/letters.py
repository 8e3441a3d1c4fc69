"""What the help desk's mails say."""

from trousseau.accounts.letters import letterhead
from trousseau.helpdesk import services
from trousseau.helpdesk.models import HelpRequest
from trousseau.mail import composing
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message


def register() -> None:
    """Name the composers of this room's messages."""
    composing.register(services.REQUESTED, _help_requested)


def _help_requested(message: Message) -> Letter | None:
    asked = (
        HelpRequest.objects.select_related("organisation", "school")
        .filter(pk=message.about)
        .first()
    )
    if asked is None:
        return None
    return composing.render(message.kind, {**letterhead(asked.organisation), "asked": asked})
