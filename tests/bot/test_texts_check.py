"""Keeping the catalogues: check, update, coverage; and the shipped ones."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands._text_budgets import SLOTS, budgets
from bot.commands.texts import ROOT, app, everything, shipped
from bot.texts.budgets import TYPICAL, Budgets, filled, typical
from bot.texts.check import Problem, check, coverage, read_layers
from bot.texts.sources import Source, extracted, of_code, unique
from bot.texts.update import update
from bot.texts.wording import wrong
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
    found = check(SOURCES if sources is None else sources, layers, Budgets(SLOTS))
    return [str(one).replace(f"{folder}/", "") for one in found]


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
    found = check([wrong, COUNTED], {}, Budgets(SLOTS))
    assert [what in str(problem) for problem in found] == [True]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Ciao <b>{name}</b>", "an HTML tag ('<b>')"),
        ("Fatto<br/>", "an HTML tag"),
        ("Uno &amp; due", "an HTML entity"),
        ("Ciao *{name}*!", "*bold*"),
        ("**Grazie** mille", "*bold*"),
        ("È _tuo_.", "_italics_"),
        ("Era ~tuo~.", "~strike~"),
        ("Scrivi `ciao`", "a back quote"),
        ("[qui](https://a.example)", "a [link](…)"),
        ("\u2067ciao\u2069", "a direction mark (U+2067)"),
        ("ciao\u200e", "a direction mark (U+200E)"),
        ("ci\u200bao", "an invisible character (U+200B)"),
        ("ciao\u200c!", "a joiner"),
        ("uno\ndue", "a line break, tab or control character (U+000A)"),
        ("uno\tdue", "a line break, tab or control character (U+0009)"),
        (" ciao", "a space at the beginning"),
        ("ciao\u00a0", "a space at the beginning or end"),
        ("uno  due", "two spaces in a row"),
        ("uno \u00a0due", "two spaces in a row"),
    ],
)
def test_what_no_text_holds(text: str, what: str) -> None:
    assert len(list(wrong(text))) == 1
    assert next(wrong(text)).startswith(what)


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 * 5",
        "{a_b} e {c_d}",
        "snake_case_name",
        "2 < 3 > 1",
        "AT&T; R&D",
        "می\u200cخواهم",
        "*",
        "★ 5* e 4*",
        "~5 ~6",
    ],
)
def test_what_texts_may_hold(text: str) -> None:
    assert list(wrong(text)) == []


def test_every_place_has_its_budget(tmp_path: Path) -> None:
    flow = tmp_path / "f.yaml"
    flow.write_text(
        "command: Do it\nmenu: Do\nsteps:\n"
        "  a: {ask: Which one?, choices: {One: end}, invalid: Hm.}\n"
        "  b: {say: {one: '{n} thing', other: '{n} things', count: n}}\n"
        "  c: {ask: 'Phone?', type: phone, contact: Share my number}\n"
        "  d: {ask: 'Which of them?', choices: those}\n  e: 7\n"
    )
    found = budgets([flow])
    assert {id_[1]: sorted(kinds) for id_, kinds in found.kinds.items()} == {
        "Choose": ["list_button"],
        "Do it": ["command"],
        "Do": ["label"],
        "One": ["label"],
        "Hm.": ["message"],
        "Which one?": ["message", "question"],
        "{n} thing": ["message"],
        "Phone?": ["message"],
        "Share my number": ["contact"],
        "Which of them?": ["message", "question"],
    }

    def exceeded(msgid: str, text: str, *, context: str | None = None, locale: str = "it") -> list[str]:
        return [what for what, _ in found.exceeded((context, msgid), text, locale)]

    assert exceeded("Choose", "x" * 20, context="button") == []
    assert exceeded("Choose", "x" * 21, context="button") == ["21 characters, the button of a list shows 20"]
    assert exceeded("One", "x" * 21, context="button") == ["21 characters, a button shows 20"]
    assert exceeded("Anything", "x" * 25, context="button") == ["25 characters, a list shows 24"]
    assert exceeded("Share my number", "x" * 64, context="button") == []
    assert exceeded("Share my number", "😀" * 33, context="button") == ["66 characters, a Telegram button shows 64"]
    assert exceeded("Do it", "x" * 257) == ["257 characters, Telegram's command list shows 256"]
    assert exceeded("Which of them?", "x" * 1_025) == ["1025 characters, WhatsApp takes above choices 1024"]
    assert exceeded("Hm.", "x" * 459) == []
    assert exceeded("Hm.", "x" * 460) == ["4 SMS parts, one text should take 3"]
    assert exceeded("Hm.", "я" * 202, locale="ru@informal") == ["4 SMS parts, one text should take 3"]
    assert exceeded("Hm.", "x" * 1_601) == [
        f"1601 characters, {one} holds 1600" for one in ("a WhatsApp message", "an SMS")
    ]
    assert exceeded("said nowhere", "x" * 5_000) == []


def test_lengths_are_those_of_filled_texts() -> None:
    assert filled("{points} · {price} · {day} · {thing}", "de@informal") == (
        "1.250 · 1.250 · 24. Dezember 2026 · Cappuccino & croissant"
    )
    assert filled("{credit}", "en") == "€24.90"
    assert filled("{opens} · {word}", "it") == "25 novembre 2026 10:00 · menu"
    assert typical("name", counted=True) == TYPICAL["points"] and typical("needed", counted=True) == 10


def test_a_way_of_speaking_holds_only_what_differs(tmp_path: Path) -> None:
    write(tmp_path, "it", *GOOD)
    write(
        tmp_path,
        "it@formal",
        GOOD[0],
        GOOD[2],
        entry("Balance", "Il Suo saldo dei punti", "button"),
        entry("Gone", "A"),
    )
    found = [str(one).replace(f"{tmp_path}/", "") for one in check(SOURCES, read_layers([tmp_path]), Budgets(SLOTS))]
    assert [one.split(":", 2)[2] for one in found] == [
        " warning: 'Hello {name}!' reads as in it: leave it out here",
        " warning: 'You have {points} point.' reads as in it: leave it out here",
        " warning: label 'Il Suo saldo dei punti' has 22 characters, a button shows 20",
        " warning: 'Gone' is said nowhere: run `texts update`",
    ]
    assert all(one.startswith("it@formal/LC_MESSAGES/messages.po:") for one in found)
    assert set(read_layers([tmp_path], ["it"])) == {"it", "it@formal"}
    (odd,) = check([], read_layers([write(tmp_path / "odd", "it@frmal")]))
    assert "warning: no market can ask for the way 'frmal'; there are authentic, formal," in str(odd)


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


def test_update_of_a_deployments_folder(tmp_path: Path) -> None:
    """A language of its own gets all our texts; in ours it keeps what it says otherwise; nothing names a machine."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hi.yaml").write_text("flow: hi\nsteps:\n  a:\n    say: A text of the shop\n")
    folder = write(tmp_path / "locales", "it", entry("Reply with a number.", "Dimmi un numero."))
    write(folder, "it@formal", entry("Reply with a number.", "Mi dica un numero."))
    (folder / "nl").mkdir()
    (folder / "nl" / "phrases.yaml").write_text("other: [a]\n")
    for _ in range(2):
        assert CliRunner().invoke(app, ["update", "--folder", str(tmp_path)]).exit_code == 0
    layers = read_layers([folder])
    said = {name: set(layers[name][0].entries) for name in layers}
    assert said["it"] == {(None, "Reply with a number."), (None, "A text of the shop")}
    assert said["it@formal"] == {(None, "Reply with a number.")}
    assert said["nl"] == {source.id for source in unique(shipped())} | {(None, "A text of the shop")}
    content = (folder / "nl" / "LC_MESSAGES" / "messages.po").read_text()
    assert "#: bot/flows/definitions/balance.yaml" in content and str(ROOT) not in content
    assert "nothing to update" in CliRunner().invoke(app, ["update", "--folder", str(tmp_path)]).output


def test_our_own_sources_are_found_and_the_shipped_catalogues_hold_nothing_wrong() -> None:
    sources, layers = everything(None, ())
    assert {"Reply with a number.", "Choose"} <= {one.other for one in sources}
    assert {"en", "it", "es", "pt_BR", "ar"} <= set(layers)
    flows = {source.file for source in sources if source.file.suffix == ".yaml"}
    assert [str(one) for one in check(sources, layers, budgets(flows)) if _is_wrong(one)] == []


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
