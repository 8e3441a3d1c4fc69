"""Find the application that an address belongs to, and tell who may use it."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from trousseau.accounts.models import Account
from trousseau.cas_server import matching
from trousseau.cas_server.models import Service
from trousseau.organisations.models import Organisation


def of_organisation(organisation: Organisation) -> QuerySet[Service]:
    """Return the applications in use in an organisation, its own and the shared ones."""
    return Service.objects.select_related("registry").filter(
        registry__organisations=organisation, active=True
    )


def shared_with(organisation: Organisation) -> QuerySet[Service]:
    """Return the applications in use that the organisation uses and others keep."""
    return of_organisation(organisation).exclude(registry__keeper=organisation)


def find(organisation: Organisation, url: str) -> Service | None:
    """Return the application that this address belongs to.

    A shared one comes before the organisation's own, which could tell it other things about people
    than its register does; then the most exact one. Nothing for an address that could be read in
    two ways, or that is not encrypted.
    """
    try:
        asked = matching.parse(url)
    except matching.UnusableAddressError:
        return None
    if not matching.may_be_used(asked, plain_loopback=settings.DEMO):
        return None
    there = of_organisation(organisation).filter(host=asked.host)
    return _first(organisation, [service for service in there if covers(service, asked)])


def covers(service: Service, asked: matching.Address) -> bool:
    """Tell whether an address lies at or below the application's own."""
    try:
        return matching.covers(matching.parse(service.address), asked)
    except matching.UnusableAddressError:
        # Registered when less was doubtful.
        return False


def _first(organisation: Organisation, fitting: Iterable[Service]) -> Service | None:
    def rank(service: Service) -> tuple[bool, int, int]:
        is_shared = service.registry.keeper_id != organisation.pk
        return is_shared, service.address.count("/"), -service.pk

    return max(fitting, key=rank, default=None)


def find_target(organisation: Organisation, name: str) -> Service | None:
    """Return the application that a proxy may ask for, by address or by name as a back end."""
    found = find(organisation, name)
    if found is None and name:
        found = _first(organisation, of_organisation(organisation).filter(backend_name=name))
    return found if found and found.accepts_proxies else None


def receives_callbacks_at(service: Service, url: str) -> bool:
    """Tell whether the application may have granting tickets sent to this address (VAL-05)."""
    try:
        asked = matching.parse(url)
        registered = matching.parse(service.callback or service.address)
    except matching.UnusableAddressError:
        return False
    return asked.scheme == "https" and matching.covers(registered, asked)


def may_use(service: Service, account: Account) -> bool:
    """Tell whether the application is meant for this person: organisation, role, school or class.

    Looked up anew, so that a ticket from before an application left the organisation opens nothing.
    """
    if not service.active or not account.is_active:
        return False
    if service.roles and account.role not in service.roles:
        return False
    there = Service.objects.filter(registry__organisations=account.organisation_id)
    return there.filter(_is_open_to(account), pk=service.pk).exists()


def _is_open_to(account: Account) -> Q:
    """An application kept for no place in particular, or for one where the person is."""
    schools = Service.schools.through.objects.filter(service=OuterRef("pk"))
    classes = Service.classes.through.objects.filter(service=OuterRef("pk"))
    own_schools = account.schoolplace_set.values("school")
    own_classes = account.classplace_set.values("school_class")
    return (
        Q(~Exists(schools), ~Exists(classes))
        | Q(Exists(schools.filter(school__in=own_schools)))
        | Q(Exists(classes.filter(schoolclass__in=own_classes)))
    )


def tiles(organisation: Organisation, account: Account) -> list[Service]:
    """Return the applications to show to somebody on their first page."""
    listed = of_organisation(organisation).filter(listed=True)
    return [service for service in listed if may_use(service, account)]
