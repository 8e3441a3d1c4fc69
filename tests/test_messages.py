"""The catalogues are complete, and the tool that says so can be believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import messages
import pytest
from babel.messages.pofile import write_po
from django.template import Context, Engine
from django.test import override_settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from message_sources import extract, in_python, in_template


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "signin" / "templates").mkdir(parents=True)
    return tmp_path


def write_template(source: Path, content: str, name: str = "page.html") -> None:
    (source / "signin" / "templates" / name).write_text(content, "utf-8")


def catalogue(source: Path, language: str = "fr") -> str:
    return messages.catalogue_path(source, language).read_text("utf-8")


def translate(source: Path, old: str, new: str, language: str = "fr") -> None:
    path = messages.catalogue_path(source, language)
    content = path.read_text("utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), "utf-8")


def translate_all(source: Path) -> None:
    """Put an arrow before every message: what is rendered with one was found."""
    french = messages.read(source, "fr")
    for message in french:
        if isinstance(message.id, str):
            message.string = message.id and f"→{message.id}"
        else:
            message.string = tuple(f"→{form}" for form in message.id)
    with messages.catalogue_path(source, "fr").open("wb") as file:
        write_po(file, french)


def found_problems(source: Path) -> list[tuple[str, str, str, str]]:
    return [(p.language, p.kind, p.message, p.detail) for p in messages.problems(source)]


@contextmanager
def translated(source: Path) -> Iterator[Engine]:
    """An engine that looks every message up in the catalogue compiled from `source`."""
    messages.compile_catalogues(source)
    with override_settings(LOCALE_PATHS=[source / "locale"]), translation.override("fr"):
        yield Engine(builtins=["django.templatetags.i18n"])


def test_catalogues_of_the_project_are_complete() -> None:
    assert [str(problem) for problem in messages.problems()] == []


@pytest.mark.parametrize(
    ("template", "found", "rendered"),
    [
        ('{% translate "Sign in" %}', [("Sign in", None)], "→Sign in"),
        ("{% trans 'Sign in' %}", [("Sign in", None)], "→Sign in"),
        ('{% translate "Say \\"yes\\"" noop %}', [('Say "yes"', None)], 'Say "yes"'),
        ('{% translate "100 % sure" %}', [("100 %% sure", None)], "→100 % sure"),
        ('{% translate "May" context "month" %}', [("May", "month")], "→May"),
        ('{% translate "May" as m context "verb" %}{{ m }}', [("May", "verb")], "→May"),
        ('{% translate "sign in"|upper %}', [("sign in", None)], "→SIGN IN"),
        ("{% translate name %}", [], "Zoé"),
        ('{{ _("Sign in") }}', [("Sign in", None)], "→Sign in"),
        ('{{ missing|default:_("nobody") }}', [("nobody", None)], "→nobody"),
        (
            '{% if name == _("a (b) c") %}{% endif %}{% firstof missing _("x y") %}',
            [("a (b) c", None), ("x y", None)],
            "→x y",
        ),
        (
            "{% blocktranslate %}Hello {{ name }}, 50 %{% endblocktranslate %}",
            [("Hello %(name)s, 50 %%", None)],
            "→Hello Zoé, 50 %",
        ),
        (
            "{% blocktrans with x=name trimmed context 'a' %}\n Hi\n {{ x }}{% endblocktrans %}",
            [("Hi %(x)s", "a")],
            "→Hi Zoé",
        ),
        (
            "{% blocktrans count n=2 trimmed %}\n{{ n }} a{% plural %}{{ n }} b{% endblocktrans %}",
            [(("%(n)s a", "%(n)s b"), None)],
            "→2 b",
        ),
        (
            '{% blocktrans count n=1 context "ring" %}a key{% plural %}keys{% endblocktrans %}',
            [(("a key", "keys"), "ring")],
            "→a key",
        ),
        (
            '{% blocktranslate with x=_("inner") %}[{{ x }}]{% endblocktranslate %}',
            [("[%(x)s]", None), ("inner", None)],
            "→[→inner]",
        ),
        ('{% comment %}{% translate "a" %}{% endcomment %}', [], ""),
        ('{# {% translate "a" %} #}', [], ""),
        (
            '{% verbatim %}{% translate "a" %}{% endverbatim %}',
            [],
            '{% translate "a" %}',
        ),
    ],
)
def test_in_template_finds_what_django_looks_up(
    source: Path,
    template: str,
    found: list[tuple[object, str | None]],
    rendered: str,
) -> None:
    assert [(f.text, f.context) for f in in_template(template)] == found
    write_template(source, template)
    messages.update(source)
    translate_all(source)
    with translated(source) as engine:
        page = engine.from_string(template).render(Context({"name": "Zoé"}, autoescape=False))
    assert page == rendered


@pytest.mark.parametrize(
    "template",
    [
        "{% blocktranslate %}a{% if b %}c{% endif %}{% endblocktranslate %}",
        "{% blocktranslate %}a{% endblocktrans %}",
        "{% blocktranslate %}a",
        '{% translate "a" context b %}',
        "{% translate %}",
    ],
)
def test_extract_tag_that_cannot_be_translated_names_its_file(source: Path, template: str) -> None:
    write_template(source, template)
    with pytest.raises(ValueError, match=r"^signin/templates/page\.html: "):
        extract(source)


@given(
    st.lists(
        st.sampled_from(
            ["{% ", " %}", "{{ ", " }}", "translate ", "blocktranslate ", "endblocktranslate",
             "plural", "context ", "comment", "endcomment", "trimmed ", "_(", ")", '"', "'", "a",
             "\\", "%", "|", "\n", "{#", "#}"],
        ),
    ).map("".join),
)  # fmt: skip
def test_in_template_any_text_is_read_or_refused(template: str) -> None:
    try:
        texts = [found.text for found in in_template(template)]
    except (ValueError, IndexError):
        texts = []
    assert all(isinstance(text, str | tuple) for text in texts)


def test_in_python_finds_every_kind_of_call() -> None:
    source = b"""
from django.utils.translation import gettext as _, ngettext
# Translators: on the button
_("Sign in")
gettext("one " "sentence")
gettext_lazy('lazy')
gettext_noop("later")
ngettext("%(n)d key", "%(n)d keys", n)
ngettext_lazy("a", "b", "n")
pgettext("month", "May")
pgettext_lazy("verb", "May")
npgettext("ring", "key", "keys", n)
_(variable)
other("not a message")
def gettext(message="default"): ...
"""
    assert [(f.text, f.context, f.notes) for f in in_python(source)] == [
        ("Sign in", None, ("Translators: on the button",)),
        ("one sentence", None, ()),
        ("lazy", None, ()),
        ("later", None, ()),
        (("%(n)d key", "%(n)d keys"), None, ()),
        (("a", "b"), None, ()),
        ("May", "month", ()),
        ("May", "verb", ()),
        (("key", "keys"), "ring", ()),
    ]


def test_update_writes_the_same_bytes_without_dates_or_line_numbers(source: Path) -> None:
    (source / "signin" / "forms.py").write_text('\n\n_("Username")\n_("Password")\n', "utf-8")
    write_template(source, '\n\n{# Translators: a link #}\n{% translate "Password" %}', "mail.txt")
    (source / "signin" / "notes.txt").write_text('{% translate "not a template" %}', "utf-8")
    messages.update(source)
    written = catalogue(source)
    assert (
        written
        == r"""msgid ""
msgstr ""
"Language: fr\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#. Translators: a link
#: signin/forms.py signin/templates/mail.txt
msgid "Password"
msgstr ""

#: signin/forms.py
msgid "Username"
msgstr ""
"""
    )
    messages.update(source)
    assert catalogue(source) == written


def test_update_keeps_translations_comments_and_contexts(source: Path) -> None:
    write_template(source, '{% translate "May" context "month" %}{% translate "May" %}')
    messages.update(source)
    translate(
        source,
        'msgctxt "month"\nmsgid "May"\nmsgstr ""',
        'msgctxt "month"\nmsgid "May"\nmsgstr "Mai"',
    )
    translate(
        source,
        '#: signin/templates/page.html\nmsgid "May"\nmsgstr ""',
        '# as in « may I »\n#: signin/templates/page.html\n#, fuzzy\nmsgid "May"\nmsgstr "Pouvoir"',
    )
    before = catalogue(source)
    messages.update(source)
    assert catalogue(source) == before


def test_update_message_that_comes_back_finds_its_translation(source: Path) -> None:
    write_template(source, '{% translate "Sign in" %}')
    messages.update(source)
    translate(source, 'msgid "Sign in"\nmsgstr ""', 'msgid "Sign in"\nmsgstr "Se connecter"')
    complete = catalogue(source)
    write_template(source, "")
    messages.update(source)
    assert catalogue(source).endswith('\n#~ msgid "Sign in"\n#~ msgstr "Se connecter"\n')
    assert found_problems(source) == [("fr", "unused", "Sign in", "Se connecter")]
    write_template(source, '{% translate "Sign in" %}')
    messages.update(source)
    assert catalogue(source) == complete
    assert found_problems(source) == []


def test_update_message_that_learns_to_count_is_fuzzy(source: Path) -> None:
    write_template(source, '{% translate "key" %}')
    messages.update(source)
    translate(source, 'msgid "key"\nmsgstr ""', 'msgid "key"\nmsgstr "clé"')
    write_template(
        source,
        "{% blocktranslate count n=2 %}key{% plural %}keys{% endblocktranslate %}",
    )
    messages.update(source)
    assert 'msgid_plural "keys"\nmsgstr[0] "clé"\nmsgstr[1] ""' in catalogue(source)
    assert [problem[:3] for problem in found_problems(source)] == [("fr", "untranslated", "key")]
    translate(source, 'msgstr[1] ""', 'msgstr[1] "clés"')
    assert found_problems(source) == [("fr", "fuzzy", "key", "clé / clés")]


def test_update_english_holds_plurals_only_and_fills_them(source: Path) -> None:
    (source / "views.py").write_text('_("Sign in")\nngettext("%d key", "%d keys", n)\n', "utf-8")
    messages.update(source)
    english = catalogue(source, "en")
    assert "Sign in" not in english
    assert 'msgid_plural "%d keys"\nmsgstr[0] "%d key"\nmsgstr[1] "%d keys"\n' in english
    assert {problem[0] for problem in found_problems(source)} == {"fr"}
    (source / "views.py").write_text("", "utf-8")
    messages.update(source)
    assert "key" not in catalogue(source, "en")


def test_problems_message_without_catalogue_is_untranslated(source: Path) -> None:
    (source / "views.py").write_text('_("Sign in")', "utf-8")
    assert found_problems(source) == [("fr", "untranslated", "Sign in", "views.py")]


@pytest.mark.parametrize(
    ("message", "translation_", "faithful"),
    [
        ("Hello %(name)s", "Bonjour %(name)s", True),
        ("Hello %(name)s", "Bonjour %(nom)s", False),
        ("Hello %(name)s", "Bonjour %(name)", False),
        ("Hello %(name)s", "Bonjour", False),
        ("Hello", "Bonjour %(name)s", False),
        ("%(a)s of %(b)s", "%(b)s : %(a)s, %(b)s", True),
        ("%s of %d", "%s sur %d", True),
        ("%s of %d", "%d sur %s", False),
        ("50 %% of %s", "50 %% des %s", True),
        ("all", "100 % du total", True),
        ("{name}, {count:d}", "{count:d} : {name}", True),
        ("{name}", "{nom}", False),
        ("{} {}", "{}", False),
        ("{{literal}}", "{{texte}}", True),
    ],
)
def test_problems_placeholders_that_differ_are_told(
    source: Path,
    message: str,
    translation_: str,
    *,
    faithful: bool,
) -> None:
    (source / "views.py").write_text(f'_("{message}")', "utf-8")
    messages.update(source)
    translate(
        source,
        f'msgid "{message}"\nmsgstr ""',
        f'msgid "{message}"\nmsgstr "{translation_}"',
    )
    expected = [] if faithful else [("fr", "placeholders", message, translation_)]
    assert found_problems(source) == expected


@pytest.mark.parametrize(
    ("singular", "plural", "unfaithful"),
    [
        ("%(n)d clé", "%(n)d clés", []),
        ("une clé", "%(n)d clés", []),
        ("%(n)d clé", "des clés", ["des clés"]),
        ("%(m)d clé", "%(n)d clés", ["%(m)d clé"]),
    ],
)
def test_problems_only_the_first_form_may_leave_the_number_out(
    source: Path,
    singular: str,
    plural: str,
    unfaithful: list[str],
) -> None:
    (source / "views.py").write_text('ngettext("one key", "%(n)d keys", n)', "utf-8")
    messages.update(source)
    translate(source, 'msgstr[0] ""', f'msgstr[0] "{singular}"')
    translate(source, 'msgstr[1] ""', f'msgstr[1] "{plural}"')
    expected = [("fr", "placeholders", "one key", form) for form in unfaithful]
    assert found_problems(source) == expected


def test_compile_writes_the_same_bytes_and_leaves_fuzzy_out(source: Path) -> None:
    template = '{% translate "Open the door" %}, {% translate "Close the door" %}'
    write_template(source, template)
    messages.update(source)
    translate(source, 'msgid "Open the door"\nmsgstr ""', 'msgid "Open the door"\nmsgstr "Ouvrir"')
    translate(
        source,
        'msgid "Close the door"\nmsgstr ""',
        '#, fuzzy\nmsgid "Close the door"\nmsgstr "Fermer ?"',
    )
    with translated(source) as engine:
        assert engine.from_string(template).render(Context()) == "Ouvrir, Close the door"
    binary = messages.catalogue_path(source, "fr").with_suffix(".mo")
    first = binary.read_bytes()
    messages.compile_catalogues(source)
    assert binary.read_bytes() == first


@pytest.mark.parametrize(("action", "status"), [("check", 1), ("update", 0)])
def test_main_prints_problems_and_only_check_fails(
    source: Path,
    capsys: pytest.CaptureFixture[str],
    action: str,
    status: int,
) -> None:
    (source / "views.py").write_text('_("Sign in")', "utf-8")
    assert messages.main([action], source) == status
    assert capsys.readouterr().out == "fr: untranslated: 'Sign in' (views.py)\n"
