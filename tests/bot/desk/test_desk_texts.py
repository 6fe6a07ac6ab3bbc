"""The desk's catalogue is whole, and nothing of it is in the members' one."""

from pathlib import Path

import pytest

from bot.commands.texts import shipped
from bot.desk import desk_texts
from bot.texts.sources import Source, of_code

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "locales"


def catalogue(folder: Path, *entries: str, locale: str = "it") -> Path:
    file = folder / locale / "LC_MESSAGES" / "desk.po"
    file.parent.mkdir(parents=True)
    head = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    )
    file.write_text("\n".join([head, *entries]))
    return file


def said(text: str, translation: str, mark: str = "") -> str:
    return f'{mark}msgid "{text}"\nmsgstr "{translation}"\n'


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Source(Path("a.py"), 1, "Hello %(name)s"), Source(Path("b.html"), 2, "%(num)s tries", "%(num)s try")]
    monkeypatch.setattr(desk_texts, "sources", lambda: found)


PLURAL = 'msgid "%(num)s try"\nmsgid_plural "%(num)s tries"\nmsgstr[0] "un tentativo"\nmsgstr[1] "%(num)s tentativi"\n'


def test_everything_is_said_in_italian() -> None:
    assert [str(one) for one in desk_texts.problems(SHIPPED)] == []


def test_the_shipped_catalogue_is_in_step(tmp_path: Path) -> None:
    from shutil import copytree

    copytree(SHIPPED / "it" / "LC_MESSAGES", tmp_path / "it" / "LC_MESSAGES")
    assert desk_texts.update(tmp_path, ROOT) == []


def test_both_kinds_of_files_are_read() -> None:
    found = {(source.file.name, source.other) for source in desk_texts.sources()}
    assert ("layout.html", "Sign out") in found
    assert ("_sign_in.py", "The e-mail address or the password is wrong.") in found


def test_the_two_catalogues_share_no_source() -> None:
    assert not [one for one in shipped() if "desk" in one.file.parts]
    desk = {source.file for source in desk_texts.sources()}
    assert all("desk" in file.parts for file in desk)
    assert of_code(ROOT / "bot" / "desk") != []


@pytest.mark.usefixtures("few")
def test_what_is_in_order(tmp_path: Path) -> None:
    catalogue(tmp_path, said("Hello %(name)s", "Ciao %(name)s"), PLURAL)
    assert desk_texts.problems(tmp_path) == []


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (said("Hello %(name)s", ""), "no translation of 'Hello"),
        (said("Hello %(name)s", "Ciao %(name)s", "#, fuzzy\n"), "no translation of 'Hello"),
        (said("Hello %(name)s", "Ciao"), "other placeholders"),
        (said("Hello %(name)s", "Ciao %(nome)s"), "other placeholders"),
        (said("Hello %(name)s", "Ciao %(name)"), "broken placeholder"),
        ("", "no translation of 'Hello"),
        ("nonsense\n", "neither a comment nor a quoted string"),
    ],
)
def test_what_is_told(tmp_path: Path, entry: str, told: str) -> None:
    catalogue(tmp_path, PLURAL, entry)
    assert told in " ".join(str(one) for one in desk_texts.problems(tmp_path))


@pytest.mark.usefixtures("few")
def test_no_italian_at_all_is_told_and_made(tmp_path: Path) -> None:
    assert "no such catalogue" in str(desk_texts.problems(tmp_path)[0])
    (tmp_path / "it" / "LC_MESSAGES").mkdir(parents=True)
    [made] = desk_texts.update(tmp_path, ROOT)
    assert 'msgid "Hello %(name)s"' in made.read_text()
    assert desk_texts.update(tmp_path, ROOT) == []
