"""What one application is told about one person, and nothing else."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from trousseau.accounts.models import Account
from trousseau.cas_server.models import Service

Source = Service.Source
# As the national schemas for digital workspaces name people's kinds.
PROFILES = {
    Account.Role.PUPIL: "National_1",
    Account.Role.GUARDIAN: "National_2",
    Account.Role.TEACHER: "National_3",
    Account.Role.STAFF: "National_4",
    Account.Role.ADMINISTRATOR: "National_4",
}


@dataclass(frozen=True)
class Released:
    """The identifier, and the details under the names that the application expects."""

    user: str
    attributes: dict[str, list[str]]


class NoIdentifierError(Exception):
    """The person has no such thing as the application knows people by."""


def released(service: Service, account: Account) -> Released:
    """Return exactly what the application learns; raises NoIdentifierError.

    A detail that the person does not have is left out; one with several values is repeated.
    """
    user = identifier(service, account)
    attributes = {
        name: values
        for name, source in service.attributes.items()
        if (values := _values(service, account, source))
    }
    return Released(user, attributes)


def identifier(service: Service, account: Account) -> str:
    """Return by what the application knows the person; raises NoIdentifierError."""
    found = next(iter(_values(service, account, service.identifier)), "")
    if not found:
        raise NoIdentifierError
    return found


def _values(service: Service, account: Account, source: str) -> list[str]:
    if source == Source.OPAQUE:
        return [opaque(service, account)]
    return [value for value in _READERS[source](account) if value]


def opaque(service: Service, account: Account) -> str:
    """Return an identifier that two applications cannot compare with each other."""
    return hmac.new(service.salt.encode(), account.public_id.encode(), hashlib.sha256).hexdigest()[
        :32
    ]


def _main_address(account: Account) -> list[str]:
    return list(account.addresses.filter(main=True).values_list("address", flat=True))


def _classes(account: Account) -> list[str]:
    return list(account.classes.order_by("name", "pk").values_list("name", flat=True))


def _schools(account: Account, field: str) -> list[str]:
    return list(account.schools.order_by("name", "pk").values_list(field, flat=True))


_READERS: dict[str, Callable[[Account], list[str]]] = {
    Source.USERNAME: lambda account: [account.username],
    Source.GIVEN_NAME: lambda account: [account.given_name],
    Source.FAMILY_NAME: lambda account: [account.family_name],
    Source.FULL_NAME: lambda account: [account.full_name],
    Source.EMAIL: _main_address,
    Source.ROLE: lambda account: [account.role],
    Source.PROFILE: lambda account: [PROFILES[Account.Role(account.role)]],
    Source.SCHOOLS: lambda account: _schools(account, "name"),
    Source.SCHOOL_CODES: lambda account: _schools(account, "uai"),
    Source.CLASSES: _classes,
    Source.DIRECTORY: lambda account: [account.directory_id],
    Source.BIRTH_DATE: lambda account: [
        account.birth_date.isoformat() if account.birth_date else ""
    ],
    Source.LANGUAGE: lambda account: [account.language],
    Source.ORGANISATION: lambda account: [account.organisation.name],
}
