"""People's accounts and what belongs to them."""

from trousseau.accounts.models.account import Account, ClassPlace, Guardianship, SchoolPlace
from trousseau.accounts.models.address import ContactAddress
from trousseau.accounts.models.credential import Credential
from trousseau.accounts.models.session import Session
from trousseau.accounts.models.trusted_device import TrustedDevice

__all__ = [
    "Account",
    "ClassPlace",
    "ContactAddress",
    "Credential",
    "Guardianship",
    "SchoolPlace",
    "Session",
    "TrustedDevice",
]
