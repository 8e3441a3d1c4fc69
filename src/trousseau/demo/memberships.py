"""The thousand memberships among which the demo's picker has to find LEIA.

The first ones are those of the tutorial's list, with a place where it is plain. The others are
invented: real towns, usual kinds of names, combined by counting; likeness with an existing school
is chance. Their UAI codes have the right form and key, in the series 9000 of each register.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from trousseau.demo.foreign_schools import LATIN_SCRIPT, OTHER_SCRIPTS
from trousseau.demo.french_places import Commune, communes

TOTAL = 1000
SLUG_LENGTH = 60


@dataclass(frozen=True)
class Membership:
    slug: str
    name: str
    place: str
    uai: str = ""
    aliases: tuple[str, ...] = ()


FROM_THE_TUTORIAL = (
    Membership("leia", "LEIA", "Cervione, Corse", aliases=("ENT LEIA",)),
    Membership("landskrona", "Landskrona stad", "Landskrona, Suède"),
    Membership(
        "folkhogskolor-vasternorrland",
        "Landstingets Folkhögskolor Västernorrland",
        "Västernorrland, Suède",
    ),
    Membership("langasen", "Langåsen Kommune", "Norvège"),
    Membership("lasse-ziska", "Lasse Ziska - Demo Site", ""),
    Membership("lblc", "LBLC", ""),
    Membership("lbs", "LBS", "Suède"),
    Membership(
        "saint-germain-drancy",
        "Le Groupe Scolaire Saint-Germain de Drancy",
        "Drancy, Seine-Saint-Denis",
    ),
    Membership(
        "gymnase-strasbourg",
        "Le GYMNASE Lucie Berger-Jean Sturm",
        "Strasbourg, Bas-Rhin",
        aliases=("Gymnase Jean Sturm", "Lucie Berger"),
    ),
    Membership("learning-center", "Learning Center", ""),
    Membership("learning-gateway", "Learning Gateway", ""),
    Membership("learning-hub", "Learning hub", ""),
    Membership("learningforlife", "learningforlife", "", aliases=("Learning for life",)),
    Membership(
        "educ-de-normandie",
        "L'éduc de Normandie",
        "Caen, Normandie",
        aliases=("ENT Normandie", "Léduc de Normandie"),
    ),
    Membership(
        "educ-de-normandie-preproduction",
        "L'éduc de Normandie - Pré-production",
        "Caen, Normandie",
    ),
    Membership("lee-county", "Lee County Schools", "États-Unis"),
    Membership("leep", "Leep", ""),
    Membership("leermiddelen", "Leermiddelen Bibliotheek (NL)", "Pays-Bas"),
    Membership("leerstofplanner", "Leerstofplanner", "Pays-Bas"),
    Membership("leftwich-high", "Leftwich High", "Northwich, Royaume-Uni"),
)
GUICHET = Membership("guichet", "Guichet de l'académie", "Corse")

_WORKSPACES = (
    "Cartable numérique - {}",
    "ENT {}",
    "Collèges connectés - {}",
    "Espace scolaire - {}",
)
_PRIMARY = (
    "École élémentaire {}",
    "École maternelle {}",
    "École primaire {}",
    "Groupe scolaire {}",
)
_PRIMARY_NAMES = (
    "Les Coquelicots", "Jacques Prévert", "du Vieux Moulin", "Louise Michel", "des Tilleuls",
    "Jules Ferry", "La Fontaine aux Oiseaux", "Robert Desnos", "du Centre", "Pauline Kergomard",
    "Les Hirondelles", "Jean de La Fontaine", "de la Gare", "Françoise Dolto", "Le Petit Prince",
    "des Quatre-Vents", "Célestin Freinet", "du Clos des Vignes", "Agnès Varda", "Les Marronniers",
    "Paul Éluard", "de la Rivière", "Maria Montessori", "Victor Hugo", "des Prés Verts",
    "Niki de Saint Phalle", "Le Chat perché", "Antoine de Saint-Exupéry", "Sainte-Marie",
)  # fmt: skip
_PATRONS = (
    "Simone Veil", "Jean Moulin", "Marie Curie", "Georges Brassens", "Germaine Tillion",
    "Albert Camus", "Rosa Parks", "Jules Verne", "Olympe de Gouges", "Louis Pasteur",
    "Lucie Aubrac", "Gérard Philipe", "George Sand", "Aimé Césaire", "Joséphine Baker",
    "Pierre Brossolette", "Sophie Germain", "Jean Jaurès", "Anne Frank", "Molière",
    "Alexandra David-Néel", "Romain Rolland", "Ada Lovelace", "Marcel Pagnol", "Claudie Haigneré",
    "Jean Giono", "Irène Joliot-Curie", "Le Corbusier", "Marguerite Duras", "Charles Péguy",
    "Camille Claudel", "Jacques-Yves Cousteau", "Katherine Johnson", "Notre-Dame", "Saint-Joseph",
    "Émilie du Châtelet", "Hector Berlioz", "Missak et Mélinée Manouchian", "Sainte-Jeanne d'Arc",
)  # fmt: skip
# One lycée in four: more of them would bury LEIA when somebody types « l ».
_UPPER_SECONDARY = ("Cité scolaire {}", "Lycée {}", "Ensemble scolaire {}", "Campus des métiers {}")

_UAI_KEYS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "ð": "d", "þ": "th"})


def memberships() -> list[Membership]:
    """The same 1,000 at every call, in no particular order after those of the tutorial."""
    invented = chain(_workspaces(), _latin_script(), _other_scripts(), _french_schools())
    given = (*FROM_THE_TUTORIAL, GUICHET)
    return [*given, *islice(invented, TOTAL - len(given))]


def _workspaces() -> Iterator[Membership]:
    departments = dict.fromkeys(commune.department for commune in communes())
    every_other = islice(departments, 0, None, 2)
    for number, department in enumerate(every_other):
        pattern = _WORKSPACES[number % len(_WORKSPACES)]
        name = pattern.format(department)
        aliases = () if name.startswith("ENT ") else (f"ENT {department}",)
        yield Membership(_slug(name), name, department, aliases=aliases)
        if number % 8 == 0:
            trial = f"{name} - Pré-production"
            yield Membership(_slug(trial), trial, department)


def _latin_script() -> Iterator[Membership]:
    for country, towns, patterns in _blocks(LATIN_SCRIPT):
        for pattern in patterns:
            for town in towns:
                name = pattern.format(town)
                slug = _slug(name if town in name else f"{name} {town}")
                yield Membership(slug, name, f"{town}, {country}")


def _other_scripts() -> Iterator[Membership]:
    for country, (town,), lines in _blocks(OTHER_SCRIPTS):
        for line in lines:
            name, reading = line.split(" = ")
            yield Membership(_slug(reading), name, f"{town}, {country}", aliases=(reading,))


def _blocks(listing: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for block in listing.strip().split("\n\n"):
        heading, *names = block.splitlines()
        country, towns = heading.split(": ")
        yield country, towns.split(", "), names


def _french_schools() -> Iterator[Membership]:
    numbers: Counter[str] = Counter()
    everywhere = communes()
    # Steps that share no divisor with the lists' lengths, so that every combination comes up.
    for kinds, names, step, places in (
        (("Collège {}",), _PATRONS, 7, everywhere),
        (_PRIMARY, _PRIMARY_NAMES, 5, everywhere),
        (_UPPER_SECONDARY, _PATRONS, 11, everywhere[::3]),
    ):
        for number, commune in enumerate(places):
            name = kinds[number % len(kinds)].format(names[number * step % len(names)])
            numbers[commune.register] += 1
            yield Membership(
                slug=_slug(f"{name} {commune.name}"),
                name=name,
                place=_place(commune),
                uai=_uai(commune.register, 9000 + numbers[commune.register]),
            )


def _place(commune: Commune) -> str:
    if commune.name == commune.department:
        return commune.name
    return f"{commune.name}, {commune.department}"


def _uai(register: str, number: int) -> str:
    """Seven figures and their key, the remainder by 23 in an alphabet without I, O and Q."""
    figures = f"{register}{number:04}"
    return figures + _UAI_KEYS[int(figures) % 23]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    while len(slug := "-".join(words)) > SLUG_LENGTH:
        words.pop()
    return slug
