"""Ready-made settings for applications of the field, each with a page in docs/applications/."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trousseau.cas_server.models import Service

Identifier, Source = Service.Identifier, Service.Source


@dataclass(frozen=True)
class Profile:
    """What is known beforehand about a kind of application."""

    key: str
    name: str | Promise
    description: str | Promise
    # Where its documentation says that CAS arrives, below the address of the site.
    start: str = ""
    example: str = "https://application.example/"
    identifier: str = Identifier.USERNAME
    attributes: dict[str, str] = field(default_factory=dict)
    attributes_in_cas2: bool = False
    single_logout: bool = True


PROFILES = {
    profile.key: profile
    for profile in (
        Profile(
            key="moodle",
            name="Moodle",
            description=_("Courses and exercises"),
            start="login/index.php?authCAS=CAS",
            example="https://moodle.example/",
            attributes={
                "givenName": Source.GIVEN_NAME,
                "sn": Source.FAMILY_NAME,
                "mail": Source.EMAIL,
            },
            attributes_in_cas2=True,
            # Its plugin does not listen.
            single_logout=False,
        ),
        Profile(
            key="nextcloud",
            name="Nextcloud",
            description=_("Files and calendars"),
            start="apps/user_cas/login",
            example="https://nuage.example/",
            attributes={
                "displayName": Source.FULL_NAME,
                "mail": Source.EMAIL,
                "groups": Source.CLASSES,
            },
        ),
        Profile(
            key="glpi",
            name="GLPI",
            description=_("Equipment and requests for repair"),
            example="https://glpi.example/",
            attributes={"mail": Source.EMAIL},
            attributes_in_cas2=True,
            # It does not listen either.
            single_logout=False,
        ),
        Profile(
            key="ent",
            name=_("Application of the digital workspace"),
            description=_("Timetable, marks, library or manuals under the national names"),
            attributes={
                "uid": Source.DIRECTORY,
                "ENTPersonNom": Source.FAMILY_NAME,
                "ENTPersonPrenom": Source.GIVEN_NAME,
                "ENTPersonProfils": Source.PROFILE,
                "ENTPersonStructRattachRNE": Source.SCHOOL_CODES,
                "ENTEleveClasses": Source.CLASSES,
            },
            attributes_in_cas2=True,
        ),
        Profile(
            key="other",
            name=_("Another application"),
            description=_("It only learns the username, until you say more"),
        ),
    )
}


def new_service(profile: Profile) -> Service:
    """Return an application, not yet kept, with the profile's settings."""
    return Service(
        profile=profile.key,
        name=str(profile.name) if not isinstance(profile.name, Promise) else "",
        description="" if isinstance(profile.name, Promise) else str(profile.description),
        identifier=profile.identifier,
        attributes=dict(profile.attributes),
        attributes_in_cas2=profile.attributes_in_cas2,
        single_logout=profile.single_logout,
    )
