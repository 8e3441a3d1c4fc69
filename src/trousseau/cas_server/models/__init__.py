"""Applications that sign in through us, and the tickets with which they do."""

from trousseau.cas_server.models.registry import Registry, Service
from trousseau.cas_server.models.tickets import LogoutNotice, SignOn, Ticket

__all__ = ["LogoutNotice", "Registry", "Service", "SignOn", "Ticket"]
