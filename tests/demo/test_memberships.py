import re
import unicodedata
from pathlib import Path

import pytest

from trousseau.demo.memberships import Membership, memberships

# Addresses that the installation keeps for itself, see urls.py.
RESERVED = {
    "recover", "demo", "health", "metrics", "memberships.json", "operator", "static", "language",
    ".well-known", "cas", "oidc", "media",
}  # fmt: skip

TUTORIAL = """
LEIA
Landskrona stad
Landstingets Folkhögskolor Västernorrland
Langåsen Kommune
Lasse Ziska - Demo Site
LBLC
LBS
Le Groupe Scolaire Saint-Germain de Drancy
Le GYMNASE Lucie Berger-Jean Sturm
Learning Center
Learning Gateway
Learning hub
learningforlife
L'éduc de Normandie
L'éduc de Normandie - Pré-production
Lee County Schools
Leep
Leermiddelen Bibliotheek (NL)
Leerstofplanner
Leftwich High
""".strip().splitlines()


def test_memberships_are_one_thousand_and_always_the_same() -> None:
    assert len(memberships()) == 1000
    assert memberships() == memberships()


def test_memberships_begin_with_the_list_of_the_tutorial() -> None:
    found = memberships()
    assert [m.name for m in found[:20]] == TUTORIAL
    assert found[0] == Membership("leia", "LEIA", "Cervione, Corse", aliases=("ENT LEIA",))
    assert found[20] == Membership("guichet", "Guichet de l'académie", "Corse")


def test_memberships_slugs_fit_an_address_and_are_unique() -> None:
    slugs = [m.slug for m in memberships()]
    assert [s for s in slugs if not re.fullmatch(r"[a-z0-9-]{1,60}", s)] == []
    assert [s for s in slugs if re.search(r"^-|--|-$", s)] == []
    assert len(set(slugs)) == 1000
    assert RESERVED.intersection(slugs) == set()


def test_memberships_can_be_told_apart_by_name_and_place() -> None:
    assert len({(m.name, m.place) for m in memberships()}) == 1000


def test_memberships_leave_leia_in_sight_of_somebody_who_types_l() -> None:
    typed_l = [
        m.name
        for m in memberships()
        if unicodedata.normalize("NFKD", m.name).casefold().startswith("l")
    ]
    assert typed_l[0] == "LEIA"
    assert len(typed_l) <= 40


def test_memberships_uai_have_the_key_of_their_figures() -> None:
    codes = [m.uai for m in memberships() if m.uai]
    assert len(codes) == len(set(codes)) > 600
    keys = "ABCDEFGHJKLMNPRSTUVWXYZ"
    assert [c for c in codes if not re.fullmatch(r"\d{3}9\d{3}[A-Z]", c)] == []
    assert [c for c in codes if keys[int(c[:7]) % 23] != c[7]] == []


@pytest.mark.parametrize("script", ["GREEK", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HIRAGANA"])
def test_memberships_in_another_script_have_a_latin_reading(script: str) -> None:
    written = [
        m
        for m in memberships()
        if any(unicodedata.name(letter, "").startswith(script) for letter in m.name)
    ]
    assert written != []
    assert [m.name for m in written if not any(a.isascii() for a in m.aliases)] == []


def test_memberships_texts_are_clean() -> None:
    texts = [text for m in memberships() for text in (m.name, m.place, *m.aliases)]
    assert [t for t in texts if t != unicodedata.normalize("NFC", t).strip()] == []
    assert [t for t in texts if len(t) > 80 or "{" in t or "|" in t] == []


def test_memberships_know_nothing_of_the_framework() -> None:
    folder = Path(memberships.__code__.co_filename).parent
    sources = ("memberships.py", "french_places.py", "foreign_schools.py")
    assert [s for s in sources if "django" in (folder / s).read_text("utf-8")] == []
