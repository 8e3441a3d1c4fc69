"""The `<organisation:…>` part of an address."""

from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation


class OrganisationConverter:
    """Turns a slug into the active organisation; an unknown slug is no address at all (404)."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> Organisation:
        """Return the organisation, or say that this pattern does not match."""
        organisation = lookup.by_slug(value)
        if organisation is None:
            raise ValueError(value)
        return organisation

    def to_url(self, value: Organisation | str) -> str:
        """Return the slug."""
        return value.slug if isinstance(value, Organisation) else value
