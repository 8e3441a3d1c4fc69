"""From a kind of message to its letter: each room registers a composer for what it sends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from trousseau.mail.models import Message


@dataclass(frozen=True)
class Letter:
    """What a recipient reads, and from whom.

    `sender_name` is shown beside the no-reply address: `sender`, or the platform's if empty.
    """

    subject: str
    text: str
    html: str
    sender_name: str
    sender: str = ""


# A composer returns nothing when there is no longer anything to say. It may write to the
# database (a mailed secret's digest): delivery commits before it speaks to the mail server.
Composer = Callable[[Message], Letter | None]

_composers: dict[str, Composer] = {}


def register(kind: str, composer: Composer) -> None:
    """Name the composer of a kind of message."""
    _composers[kind] = composer


def compose(message: Message) -> Letter | None:
    """Compose the letter in the message's language, as things stand now."""
    with translation.override(message.language):
        return _composers[message.kind](message)


def render(folder: str, context: dict[str, Any]) -> Letter:
    """Render `subject.txt`, `body.txt` and `body.html` of a message folder.

    `context` has the letterhead: `sender_name` and `sender`. The subject is folded to one line:
    a name with a line break in it cannot add a header (VAL-07).
    """
    subject = render_to_string(f"{folder}/subject.txt", context)
    return Letter(
        subject=" ".join(subject.split()),
        text=render_to_string(f"{folder}/body.txt", context),
        html=render_to_string(f"{folder}/body.html", context),
        sender_name=" ".join(context["sender_name"].split()),
        sender=context["sender"],
    )
