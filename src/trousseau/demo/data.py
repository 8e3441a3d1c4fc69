"""The demonstration's organisations and people, created once."""

from typing import Any

from django.db import transaction

from trousseau.accounts.models import Account, ClassPlace, Guardianship, SchoolPlace
from trousseau.accounts.services.registration import register
from trousseau.cas_server.models import Service
from trousseau.cas_server.services.applications import own_registry
from trousseau.demo.memberships import memberships
from trousseau.organisations.models import Organisation, School, SchoolClass
from trousseau.organisations.policies import SecondFactor

Role = Account.Role
PASSWORDS = {
    "monidentifiant": "cerise-tambour-lagune-42",
    "leo.mariani": "kayak-prune-vitrail-31",
    "lisa.mariani": "moufle-soleil-cabane-64",
    "paul.sansmail": "galet-brume-piano-17",
    "prof.rossi": "orage-velours-treize-8",
    "admin.leia": "phare-citron-escalier-5",
}
GUICHET_PASSWORDS = {"ange.cas": "falaise-canard-ruban-27"}
CLASSES = {
    "École de Cervione": ("CP", "CE2", "CM2"),
    "Collège Philippe-Pescetti": ("6e A", "5e B", "3e A"),
}


def create(base_url: str) -> bool:
    """Create everything, unless it is there; tell whether something was created."""
    if Organisation.objects.filter(slug="leia").exists():
        return False
    with transaction.atomic():
        _organisations()
        leia = _leia(base_url)
        classes = _schools(leia)
        _people(leia, classes)
        _guichet()
        _applications(leia, base_url)
    return True


def _organisations() -> None:
    Organisation.objects.bulk_create(
        Organisation(
            slug=one.slug, name=one.name, place=one.place, uai=one.uai, aliases=list(one.aliases)
        )
        for one in memberships()
    )


def _leia(base_url: str) -> Organisation:
    leia = Organisation.objects.get(slug="leia")
    leia.language = "fr"
    leia.colour = "#0b645e"
    leia.help_name = "Administrateur ENT, Cervione"
    leia.help_email = "ent.cervione@gmail.com"
    # By another name of this machine: a browser has one session for each host, and LEIA's would
    # take the place of the Guichet's.
    leia.cas_url = f"{base_url.replace('127.0.0.1', 'localhost')}/guichet/cas"
    leia.cas_name = "Guichet de l'académie"
    leia.cas_directory_id = "ENTPersonJointure"
    leia.email_sign_in = True
    # By default a helper sets a second factor up before anything else; here, everybody follows the
    # tutorial with a password alone.
    leia.second_factor = SecondFactor.NOBODY
    leia.save()
    Organisation.objects.filter(slug="guichet").update(language="fr")
    return leia


def _schools(leia: Organisation) -> dict[str, SchoolClass]:
    classes = {}
    for school_name, names in CLASSES.items():
        school = School.objects.create(organisation=leia, name=school_name, place="Cervione")
        for name in names:
            classes[name] = SchoolClass.objects.create(school=school, name=name)
    return classes


def _people(leia: Organisation, classes: dict[str, SchoolClass]) -> None:
    mother = _person(
        leia,
        "monidentifiant",
        Role.GUARDIAN,
        ("Marie", "Mariani"),
        email="monadressemail@hebergeur.com",
    )
    leo = _person(leia, "leo.mariani", Role.PUPIL, ("Léo", "Mariani"), classes["6e A"])
    lisa = _person(
        leia,
        "lisa.mariani",
        Role.PUPIL,
        ("Lisa", "Mariani"),
        classes["CM2"],
        email="monadressemail@hebergeur.com",
    )
    for child in (leo, lisa):
        Guardianship.objects.create(guardian=mother, child=child)
        SchoolPlace.objects.get_or_create(
            account=mother, school=child.classplace_set.get().school_class.school
        )
    _person(leia, "paul.sansmail", Role.PUPIL, ("Paul", "Santoni"), classes["6e A"])
    _person(
        leia,
        "ange.cas",
        Role.TEACHER,
        ("Ange", "Casanova"),
        classes["5e B"],
        email="ange.cas@academie.example",
        local_sign_in=False,
        directory_id="ange-cas",
    )
    _person(
        leia,
        "nina.inactive",
        Role.PUPIL,
        ("Nina", "Nicolai"),
        classes["CE2"],
        email="famille.nicolai@hebergeur.com",
        state=Account.State.INACTIVE,
    )
    _person(
        leia,
        "prof.rossi",
        Role.TEACHER,
        ("Paule", "Rossi"),
        classes["6e A"],
        email="prof.rossi@hebergeur.com",
        in_charge=True,
    )
    _person(
        leia,
        "admin.leia",
        Role.ADMINISTRATOR,
        ("Dominique", "Administrateur"),
        email="admin.leia@hebergeur.com",
    )


def _guichet() -> None:
    register(
        Organisation.objects.get(slug="guichet"),
        "ange.cas",
        role=Role.TEACHER,
        given_name="Ange",
        family_name="Casanova",
        password=GUICHET_PASSWORDS["ange.cas"],
        directory_id="ange-cas",
    )


def _applications(leia: Organisation, base_url: str) -> None:
    Service.objects.create(
        registry=own_registry(leia),
        name="Médiathèque",
        description="Livres, films et ressources",
        address="http://127.0.0.1:8099/mediatheque/",
        attributes={"mail": Service.Source.EMAIL},
    )
    guichet = Organisation.objects.get(slug="guichet")
    Service.objects.create(
        registry=own_registry(guichet),
        name=leia.name,
        address=f"{base_url}/leia/sign-in/cas/",
        start=f"{base_url}/leia/",
        attributes={"ENTPersonJointure": Service.Source.DIRECTORY},
    )


def _person(
    organisation: Organisation,
    username: str,
    role: Role,
    name: tuple[str, str],
    school_class: SchoolClass | None = None,
    *,
    in_charge: bool = False,
    **details: Any,
) -> Account:
    account = register(
        organisation,
        username,
        role=role,
        given_name=name[0],
        family_name=name[1],
        password=PASSWORDS.get(username, ""),
        **details,
    )
    if school_class:
        SchoolPlace.objects.create(account=account, school=school_class.school)
        ClassPlace.objects.create(account=account, school_class=school_class, in_charge=in_charge)
    return account
