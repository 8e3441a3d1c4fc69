"""When an account is deleted, by whatever path, the trail is told (LAW-09)."""

from typing import Any

from django.db.models.signals import post_delete

from trousseau.accounts.models import Account
from trousseau.audit import pseudonyms, trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag


def follow_deletions() -> None:
    """Note each deletion in its own transaction: the event, and what is to be taken out."""
    post_delete.connect(_on_deleted, sender=Account, dispatch_uid="audit-departures")


def _on_deleted(instance: Account, **_: Any) -> None:
    slug = instance.organisation.slug
    trail.record(Tag.ACCOUNT_DELETED, Origin(), organisation=slug, subject=instance.public_id)
    pseudonyms.depart(instance.public_id, slug)
