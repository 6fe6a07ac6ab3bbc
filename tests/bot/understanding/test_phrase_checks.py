"""The checks of phrases: what each finds, with its file and line; and the shipped phrases hold no error."""

from pathlib import Path

import pytest

from bot.texts.check import Problem
from bot.understanding.phrase_checks import FEWEST, Around, Said, check, read_said
from storage.documents import DocumentError

AROUND = Around(carrier_words={"STOP", "END"}, labels={"it": ["Più tardi"], "it@formal": ["Fermi tutto"]})


def write(folder: Path, locale: str, text: str) -> list[Said]:
    file = folder / locale / "phrases.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return read_said(file, locale)


def problems(folder: Path, *files: tuple[str, str], around: Around = AROUND) -> list[str]:
    """What is found besides too few phrases, with short paths."""
    said = [one for locale, text in files for one in write(folder, locale, text)]
    return [shown(folder, one) for one in check(said, around) if "are needed" not in one.what]


def shown(folder: Path, problem: Problem) -> str:
    return str(problem).replace(f"{folder}/", "").replace("/phrases.yaml", "")


def test_every_phrase_is_read_with_its_line(tmp_path: Path) -> None:
    text = "# comment\nintents:\n  balance: |\n    saldo\n\n    i miei punti\n  help: [aiuto,\n    menù]\nyes: sì\n"
    text += "opt_out:\n  clear: |-\n    stop\nsentiment: {negative: [male]}\n"
    assert [(one.list, one.line, one.text, one.key) for one in write(tmp_path, "it", text)] == [
        ("balance", 4, "saldo", "saldo"),
        ("balance", 6, "i miei punti", "i miei punti"),
        ("help", 7, "aiuto", "aiuto"),
        ("help", 8, "menù", "menu"),
        ("yes", 9, "sì", "si"),
        ("opt_out.clear", 12, "stop", "stop"),
        ("sentiment.negative", 13, "male", "male"),
    ]
    with pytest.raises(DocumentError):
        write(tmp_path, "it", "intentions: {}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("intents:\n  balance: [saldo]\n  help:\n    - Saldo!\n", "it:4: 'Saldo!' is both help and balance (it:2)"),
        ("intents: {balance: [saldo]}\nother: [saldo]\n", "it:2: 'saldo' is both other and balance (it:1)"),
        ("yes: [va bene]\nno: [va bene]\n", "it:2: 'va bene' is both no and yes (it:1)"),
        (
            "opt_out: {clear: [basta]}\nopt_in: [basta]\n",
            "it:2: 'basta' is both opt_in and opt_out.clear (it:1)",
        ),
        (
            "sentiment:\n  negative: [mah]\n  positive: [mah]\n",
            "it:3: warning: 'mah' is both sentiment.positive and sentiment.negative (it:2)",
        ),
        (
            "intents:\n  balance: |\n    perché\n    Perche?\n",
            "it:4: warning: 'Perche?' is there already, as 'perché' in balance (it:3)",
        ),
        ('intents: {balance: ["\\u200d"]}\n', "it:1: '\\u200d' holds nothing that is compared"),
    ],
)
def test_contradictions_and_repetitions(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in problems(tmp_path, ("it", text))


def test_all_contradictions_are_told_not_only_the_first(tmp_path: Path) -> None:
    found = problems(tmp_path, ("it", "intents: {balance: [a1, b1, c1], help: [a1, b1]}\nother: [c1]\n"))
    assert len(found) == 3


def test_too_few_phrases(tmp_path: Path) -> None:
    said = write(tmp_path, "it", "intents:\n  help: [aiuto]\n  balance: [saldo, Saldo!]\n")
    found = {str(one).replace(f"{tmp_path}/", "") for one in check(said, Around(shipped={"it"}))}
    assert "it/phrases.yaml:3: it: 1 different phrases for balance, 80 are needed" in found
    assert "it/phrases.yaml:2: it: 1 different phrases for help, 40 are needed" in found
    assert "it/phrases.yaml:1: it: 0 different phrases for yes, 40 are needed" in found
    others = [one for one in check(said, Around()) if "needed" in one.what]
    assert len(others) == len(FEWEST) and all(one.is_warning for one in others)


@pytest.mark.parametrize(
    ("it", "en", "expected"),
    [
        # a clear or ambiguous word of the same locale
        (
            "opt_out: {clear: [basta]}\nintents: {help: [bastaaa]}\n",
            "",
            "it:2: 'bastaaa' (it help) is a word of consent",
        ),
        ("opt_out: {ambiguous: [esci]}\nother: [esci]\n", "", "it:2: 'esci' (it other) is a word of consent"),
        # clear words count in every locale
        ("opt_out: {clear: [fine]}\n", "yes: [fine]\n", "en:1: 'fine' (en yes) is a word of consent: it opt_out.clear"),
        ("opt_out: {clear: [fine]}\n", "intents: {thanks: [fine]}\n", "en:1: 'fine' (en thanks) is a word of consent"),
        ("opt_out: {clear: [fine]}\n", "intents: {cancel: [fine]}\n", "en:1: warning: 'fine' (en cancel) is a word of"),
        (
            "opt_in: [riparti]\n",
            "intents: {language: [riparti]}\n",
            "en:1: 'riparti' (en language) is a word of consent",
        ),
        (
            "opt_in: [riparti]\n",
            "opt_out: {clear: [riparti]}\n",
            "en:1: 'riparti' (en opt_out.clear) is a word of cons",
        ),
        # nor may they be an answer
        (
            "opt_out: {clear: [più tardi!]}\n",
            "",
            "it:1: 'più tardi!' (opt_out.clear) is also a choice: 'Più tardi' in it",
        ),
        (
            "",
            "opt_out: {clear: [fermi tutto]}\n",
            "en:1: 'fermi tutto' (opt_out.clear) is also a choice: 'Fermi tutto'",
        ),
        ("opt_in: [3 maggio]\n", "", "it:1: '3 maggio' (opt_in) is also a day in it"),
        ("opt_out: {clear: ['3/5']}\n", "", "it:1: '3/5' (opt_out.clear) is also a day in it"),
        ("opt_out: {clear: ['12']}\n", "", "it:1: '12' (opt_out.clear) is also a number in it"),
        ("opt_out: {clear: [t]}\n", "", "it:1: 't' (opt_out.clear) is a single letter"),
        ("opt_out: {clear: [Luna]}\n", "", "it:1: 'Luna' (opt_out.clear) is also a given name"),
        # what the provider acts on
        (
            "intents: {goodbye: [end]}\n",
            "",
            "it:1: 'end' (goodbye) is a word SMS providers act on; it may stand in cancel,",
        ),
        ("intents: {help: [start]}\n", "", "it:1: 'start' (help) is a word SMS providers act on"),
        ("intents: {store: [info]}\n", "", "it:1: warning: 'info' (store) is a word SMS providers act on"),
    ],
)
def test_words_of_consent_are_not_passed_over(tmp_path: Path, it: str, en: str, expected: str) -> None:
    files = [(locale, text) for locale, text in (("it", it), ("en", en)) if text]
    assert any(one.startswith(expected) for one in problems(tmp_path, *files)), problems(tmp_path, *files)


def test_where_words_of_consent_may_stand(tmp_path: Path) -> None:
    it = "intents: {optout: [stop, fermi], cancel: [annulla], optin: [start], optin.join: [iscriviti]}\nno: [basta]\n"
    it += "opt_out: {clear: [stop, fermi], ambiguous: [annulla, basta]}\nopt_in: [start, iscriviti]\n"
    en = "intents: {optout: [stop], thanks: [basta]}\nopt_out: {clear: [stop, end]}\n"
    assert problems(tmp_path, ("it", it), ("en", en)) == []


@pytest.mark.parametrize("pattern", ["mi chiamo", "{name} e {name}", "sono {nome}", "{name}!"])
def test_introductions_that_are_none(tmp_path: Path, pattern: str) -> None:
    (found,) = problems(tmp_path, ("it", f"introductions: ['mi chiamo {{name}}', '{pattern}']\n"))
    assert found.startswith(f"it:1: {pattern!r}: an introduction has ")
