"""Keeping the catalogues: check, update, coverage; and the shipped ones."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.texts import ROOT, app, everything, shipped
from bot.texts.check import Problem, check, coverage, read_layers
from bot.texts.sources import Source, extracted, of_code, unique
from bot.texts.update import update
from tests.bot.test_texts import POINTS, entry, plural, write

HERE = Path("flow.yaml")


def source(other: str, line: int = 1, **more: str) -> Source:
    return Source(HERE, line, other, **more)


COUNTED = source(POINTS.other, 3, one=POINTS.one or "")
SOURCES = [source("Hello {name}!"), source("Balance", 2, context="button"), COUNTED]
GOOD = (
    entry("Hello {name}!", "Ciao {name}!"),
    entry("Balance", "Saldo", "button"),
    plural(POINTS, "Hai un punto.", "Hai {points} punti."),
)


def problems(folder: Path, *entries: str, locale: str = "it", sources: list[Source] | None = None) -> list[str]:
    layers = read_layers([write(folder, locale, *entries)])
    return [str(one).replace(f"{folder}/", "") for one in check(SOURCES if sources is None else sources, layers)]


def test_a_complete_catalogue(tmp_path: Path) -> None:
    assert problems(tmp_path, *GOOD) == []


def test_what_is_missing_is_named_where_it_is_written(tmp_path: Path) -> None:
    assert problems(tmp_path, *GOOD[:2]) == ["flow.yaml:3: it: no translation of 'You have {points} points.'"]
    assert problems(tmp_path, entry("Balance", "Saldo"), GOOD[0], GOOD[2])[0].endswith("run `texts update`")


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (entry("Hello {name}!", "Ciao!"), "it/LC_MESSAGES/messages.po:5: {name} is missing"),
        (entry("Hello {name}!", "Ciao {nome}!"), "messages.po:5: unknown placeholder {nome}"),
        (entry("Hello {name}!", "Ciao {name!"), "messages.po:5: a brace"),
        (entry("Hello {name}!", "Ciao {name}!", flags="fuzzy"), "messages.po:6: fuzzy"),
        (plural(POINTS, "Hai {points} punto.", "Hai punti."), "messages.po:5: {points} is missing"),
        (plural(POINTS, "Hai {points} punto.", ""), "messages.po:5: 2 plural forms are needed"),
        (entry("Balance", "Il mio saldo dei punti oggi", "button"), "has 27 characters, a list shows 24"),
        (entry("Balance", "Il mio saldo dei punti", "button"), "warning: label 'Il mio saldo dei punti' has 22"),
        (entry("Balance", "Stop!", "button"), "is a word SMS providers act on"),
        (entry("Gone", "Andato"), "warning: 'Gone' is said nowhere"),
        (entry("Balance", "A", "button") + "\n\n" + entry("Balance", "B", "button"), "stand here twice"),
        (entry("Balance", "A", "button") + '\n\n#~ msgctxt "button"\n#~ msgid "Balance"\n#~ msgstr "B"', "is obsolete"),
    ],
)
def test_what_is_wrong(tmp_path: Path, wrong: str, what: str) -> None:
    assert any(what in problem for problem in problems(tmp_path, wrong))


def test_forms_that_say_the_number_in_words(tmp_path: Path) -> None:
    forms = ("لا نقاط", "نقطة", "نقطتان", "{points} نقاط", "{points} نقطة", "{points} من")
    assert problems(tmp_path, plural(POINTS, *forms), locale="ar", sources=[COUNTED]) == []
    wrong = (*forms[:5], "نقاط")
    assert len(problems(tmp_path, plural(POINTS, *wrong), locale="ar", sources=[COUNTED])) == 1


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (source("Yes", context="button"), "SMS providers"),
        (source("{n} points", context="button"), "placeholder"),
        (source("x" * 25, context="button"), "25 characters"),
        (source("Hi {Name}"), "a brace"),
        (source("other plural", one=POINTS.one or ""), "another plural"),
    ],
)
def test_what_is_wrong_in_the_source(wrong: Source, what: str) -> None:
    found = check([wrong, COUNTED], {})
    assert [what in str(problem) for problem in found] == [True]


def test_the_singular_of_a_plural_may_be_a_text_of_its_own() -> None:
    assert check([source(POINTS.one or ""), COUNTED], {}) == []


def test_a_deployment_completes_our_catalogue(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours", "it", *GOOD[:2])
    theirs = write(tmp_path / "theirs", "it", GOOD[2])
    assert check(SOURCES, read_layers([ours, theirs])) == []
    assert read_layers([ours], ["es"]) == {}


def test_coverage(tmp_path: Path) -> None:
    found = coverage(SOURCES, read_layers([write(tmp_path, "it", *GOOD[:2])]))
    assert [(one.locale, one.translated, one.total) for one in found] == [("en", 3, 3), ("it", 2, 3)]


def test_code_is_extracted_with_contexts_and_plurals(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'A = N_("a")\nB = NN_("one", "many", "count")\nC = NP_("button", "c")\nD = other("d")\n'
    )
    found = of_code(tmp_path)
    assert [(one.line, one.one, one.other, one.context) for one in found] == [
        (1, None, "a", None),
        (2, "one", "many", None),
        (3, None, "c", "button"),
    ]
    assert unique([*found, *found]) == found
    assert extracted([], list) == []


def test_update_keeps_translations_and_settles(tmp_path: Path) -> None:
    write(tmp_path, "it", entry("Hello {name}!", "Ciao {name}!"), entry("Gone", "Andato"))
    (tmp_path / "markets").mkdir()
    file = tmp_path / "it" / "LC_MESSAGES" / "messages.po"
    assert update(SOURCES, tmp_path, tmp_path) == [file]
    content = file.read_text()
    assert 'msgstr "Ciao {name}!"' in content
    assert '#~ msgstr "Andato"' in content
    assert 'msgctxt "button"\nmsgid "Balance"\nmsgstr ""' in content
    assert "#: flow.yaml\n" in content
    moved = [Source(one.file, one.line + 7, one.other, one.one, one.context) for one in SOURCES]
    assert update(moved, tmp_path, tmp_path) == []


def test_update_brings_an_obsolete_translation_back_and_makes_new_files(tmp_path: Path) -> None:
    write(tmp_path, "it", '#~ msgid "Hello {name}!"\n#~ msgstr "Ciao {name}!"')
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "phrases.yaml").write_text("a: b\n")
    assert len(update(SOURCES, tmp_path, tmp_path)) == 2
    assert '\nmsgstr "Ciao {name}!"' in (tmp_path / "it" / "LC_MESSAGES" / "messages.po").read_text()
    assert "#~" not in (tmp_path / "it" / "LC_MESSAGES" / "messages.po").read_text()
    assert read_layers([tmp_path])["es"][0].forms == 2
    assert update(SOURCES, tmp_path, tmp_path) == []


def test_our_own_sources_are_found_and_the_shipped_catalogues_hold_nothing_wrong() -> None:
    sources, layers = everything(None, ())
    assert {"Reply with a number.", "Choose"} <= {one.other for one in sources}
    assert {"en", "it", "es", "pt_BR", "ar"} <= set(layers)
    assert [str(one) for one in check(sources, layers) if _is_wrong(one)] == []


def _is_wrong(problem: Problem) -> bool:
    return not problem.is_warning and "no translation" not in problem.what


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner()
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hi.yaml").write_text("flow: hi\nsteps:\n  a:\n    say: A text of the shop\n")
    write(tmp_path / "locales", "it")
    assert "updated" in run.invoke(app, ["update", "--folder", str(tmp_path)]).output
    assert "A text of the shop" in (tmp_path / "locales" / "it" / "LC_MESSAGES" / "messages.po").read_text()
    failed = run.invoke(app, ["check", "--folder", str(tmp_path), "--locale", "it"])
    assert failed.exit_code == 1
    assert "hi.yaml:4: it: no translation of 'A text of the shop'" in failed.output
    shown = run.invoke(app, ["coverage", "--folder", str(tmp_path), "--locale", "it"])
    assert shown.exit_code == 0 and f" of {len(unique(shipped())) + 1}" in shown.output
    (tmp_path / "flows" / "hi.yaml").write_text("a: b\na: c\n")
    broken = run.invoke(app, ["check", "--folder", str(tmp_path)])
    assert broken.exit_code == 1 and "hi.yaml:2: " in broken.output
    assert (ROOT / "pyproject.toml").exists()
