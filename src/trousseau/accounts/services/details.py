"""Keep one's own details."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from trousseau import tokens
from trousseau.accounts.models import Account
from trousseau.accounts.services import credentials
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag

log = logging.getLogger(__name__)
PLAIN = (
    "description",
    "phone",
    "mobile",
    "address",
    "postal_code",
    "city",
    "birth_date",
    "language",
)


class PhotoNotKeptError(Exception):
    """There is no room for the photo, or no way to its place; the former one is still shown."""


def change(account: Account, values: Mapping[str, Any], origin: Origin) -> list[str]:
    """Store the plain details given and return the names of those that changed.

    The caller's form has left out what the role may not change. The trail learns which details
    changed, not what they are.
    """
    changed = [name for name in PLAIN if name in values and values[name] != getattr(account, name)]
    for name in changed:
        setattr(account, name, values[name])
    if changed:
        with transaction.atomic():
            account.save(update_fields=changed)
            _record(account, origin, changed)
    return changed


def set_photo(account: Account, picture: bytes, origin: Origin) -> None:
    """Store a photo (WebP, already re-encoded) in place of the former one.

    The new file has a name of its own and is written before the row: whatever fails, the
    account shows one whole photo. Of several at once the last one is shown, and each removes
    the file of the one before it. Raises PhotoNotKeptError, and then leaves no part of a file.
    """
    # Nobody else has this name: what was begun can be removed without asking whose it is.
    name = f"{account.public_id}-{tokens.public_id()}.webp"
    try:
        account.photo.save(name, ContentFile(picture), save=False)
    except OSError as error:
        log.exception("the photo of %s could not be kept", account.public_id)
        with suppress(OSError):
            default_storage.delete(account.photo.field.generate_filename(account, name))
        raise PhotoNotKeptError from error
    written = str(account.photo.name)
    try:
        former = _show(account, origin)
    except BaseException:
        default_storage.delete(written)
        raise
    if former:
        default_storage.delete(former)


def remove_photo(account: Account, origin: Origin) -> None:
    """Go back to the initials."""
    if not account.photo:
        return
    account.photo = ""
    former = _show(account, origin)
    if former:
        default_storage.delete(former)


def _show(account: Account, origin: Origin) -> str:
    """Have the account show the photo it holds, or none; return the file shown until now."""
    with transaction.atomic():
        credentials.take_turns([account])
        former = Account.objects.values_list("photo", flat=True).get(pk=account.pk)
        account.save(update_fields=["photo"])
        _record(account, origin, ["photo"])
    return str(former)


def _record(account: Account, origin: Origin, changed: list[str]) -> None:
    trail.record(
        Tag.DETAILS_CHANGED,
        origin,
        organisation=account.organisation.slug,
        subject=account.public_id,
        details=changed,
    )
