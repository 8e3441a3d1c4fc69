"""Register, change and remove applications."""

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from trousseau.accounts.models import Account
from trousseau.audit import trail
from trousseau.audit.origin import Origin
from trousseau.audit.tags import Tag
from trousseau.cas_server import matching
from trousseau.cas_server.models import Registry, Service
from trousseau.cas_server.services import registry
from trousseau.organisations.models import Organisation, School, SchoolClass


def own_registry(organisation: Organisation) -> Registry:
    """Return the register that the organisation's own administrators keep."""
    own, created = Registry.objects.get_or_create(
        keeper=organisation, defaults={"name": organisation.name}
    )
    if created:
        own.organisations.add(organisation)
    return own


def may_manage(account: Account) -> bool:
    """Tell whether somebody may change their organisation's applications."""
    return account.role == Account.Role.ADMINISTRATOR and account.is_active


def all_of(organisation: Organisation) -> list[Service]:
    """Return every application of an organisation, those out of use and shared ones included."""
    return list(
        Service.objects.select_related("registry")
        .filter(registry__organisations=organisation)
        .distinct()
    )


def find(organisation: Organisation, public_id: str) -> Service | None:
    """Return an application that the organisation sees."""
    return (
        Service.objects.select_related("registry")
        .filter(registry__organisations=organisation, public_id=public_id)
        .first()
    )


def is_own(organisation: Organisation, service: Service) -> bool:
    """Tell whether the organisation itself keeps the application, and so may change it."""
    return service.registry.keeper_id == organisation.pk


def keep(
    organisation: Organisation,
    service: Service,
    origin: Origin,
    *,
    schools: list[School] | None = None,
    classes: list[SchoolClass] | None = None,
    logo: bytes | None = None,
) -> Service:
    """Register an application of the organisation, or keep what was changed about it.

    What it is told about people stands in the trail, before and after. Raises ValidationError,
    also for an address or a back end's name that belongs to a shared application.
    """
    is_new = service.pk is None
    if is_new:
        service.registry = own_registry(organisation)
    service.full_clean(exclude=["registry", "host", "logo"])
    _refuse_overlap(organisation, service)
    with transaction.atomic():
        former = None if is_new else Service.objects.get(pk=service.pk)
        if logo:
            service.logo.save(f"{service.public_id}.webp", ContentFile(logo), save=False)
        service.save()
        if schools is not None:
            service.schools.set(schools)
        if classes is not None:
            service.classes.set(classes)
        _record(
            Tag.APPLICATION_ADDED if is_new else Tag.APPLICATION_CHANGED,
            organisation,
            service,
            origin,
            former,
        )
    return service


def remove(organisation: Organisation, service: Service, origin: Origin) -> None:
    """Forget an application; nobody reaches it from here any more."""
    with transaction.atomic():
        _record(Tag.APPLICATION_REMOVED, organisation, service, origin)
        service.delete()


def _refuse_overlap(organisation: Organisation, service: Service) -> None:
    """Leave to shared applications what is theirs: there an own one would never be found."""
    address = matching.parse(service.address)
    for shared in registry.shared_with(organisation):
        names = {"name": shared.name}
        if registry.covers(shared, address):
            message = _(
                "This address belongs to %(name)s, which several organisations share. "
                "Give another one, or use the shared application."
            )
            raise ValidationError({"address": message % names})
        if service.backend_name and service.backend_name == shared.backend_name:
            message = _("%(name)s, which several organisations share, has this name already.")
            raise ValidationError({"backend_name": message % names})


def _record(
    tag: Tag,
    organisation: Organisation,
    service: Service,
    origin: Origin,
    former: Service | None = None,
) -> None:
    facts = _facts(service)
    if former:
        facts |= {f"former_{name}": value for name, value in _facts(former).items()}
    trail.record(
        tag,
        origin,
        organisation=organisation.slug,
        application=service.name,
        **facts,  # type: ignore[arg-type]  # no fact bears the name of a parameter
    )


def _facts(service: Service) -> dict[str, str | list[str]]:
    return {
        "address": service.address,
        "identifier": service.identifier,
        "released": [f"{name}={source}" for name, source in service.attributes.items()],
    }
