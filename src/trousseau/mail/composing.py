"""From a kind of message to its letter: each room registers a composer for what it sends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
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


# Returns nothing when there is no longer anything to say. It may write to the database (a mailed
# secret's digest): delivery commits before it speaks to the mail server.
Composer = Callable[[Message], Letter | None]
# The same for a batch of one kind, so that a hundred families cost a handful of queries: reads and
# writes the database for all of them, and leaves for each the rendering alone.
BatchComposer = Callable[[Sequence[Message]], Mapping[int, Callable[[], Letter | None]]]

_composers: dict[str, BatchComposer] = {}


def register(kind: str, composer: Composer) -> None:
    """Name the composer of a kind of message."""
    _composers[kind] = lambda messages: {
        message.pk: partial(composer, message) for message in messages
    }


def register_batch(kind: str, composer: BatchComposer) -> None:
    """Name the composer of a kind of message that comes in numbers."""
    _composers[kind] = composer


def compose(messages: Sequence[Message]) -> dict[int, Letter | None]:
    """Compose the letters of messages of one kind, each in its language, as things stand now.

    By primary key. Whatever a composer raises is raised; then nothing it wrote is kept.
    """
    letters = {}
    with transaction.atomic():
        renderings = _composers[messages[0].kind](messages)
        for message in messages:
            with translation.override(message.language):
                letters[message.pk] = renderings[message.pk]()
    return letters


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
