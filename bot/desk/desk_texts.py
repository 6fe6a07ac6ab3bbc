"""The catalogues of the desk (`desk.po`): what its templates and code say, is it all translated, bring them in step.

The source is English; Italian must be whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from jinja2.ext import babel_extract

from bot.desk._words import FILE, TEMPLATES, placeholders
from bot.texts import TextsError
from bot.texts.check import Problem
from bot.texts.reading import Entry, read_catalogue
from bot.texts.sources import Source, extracted, unique
from bot.texts.update import updated

WHOLE = ("it",)
"""The languages that must say everything."""
_CODE = Path(__file__).parent
_HEADER = "# What staff read at the desk. The msgids are the English source; `bentornato texts update` keeps it so."
_JINJA = {"silent": "false", "newstyle_gettext": "true", "trimmed": "true"}


def sources() -> list[Source]:
    """The texts of the templates and of the code."""
    return list(_sources())


@cache
def _sources() -> tuple[Source, ...]:
    found = [*extracted(_CODE.glob("*.py"), extract_python), *extracted(TEMPLATES.glob("*.html"), _of_template)]
    return tuple(unique(found))


def update(folder: Path, root: Path) -> list[Path]:
    """Bring the catalogue of every language of the desk up to date; which files changed."""
    changed = []
    for file in _files(folder):
        content = updated(sources(), file, root, header=_HEADER)
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
            changed.append(file)
    return changed


def problems(folder: Path) -> list[Problem]:
    """What is missing or could not be shown, in every language of the desk."""
    found = [*_of_sources(sources())]
    for file in _files(folder):
        found += _of_catalogue(file, sources()) if file.exists() else [Problem(file, 1, "there is no such catalogue")]
    return found


def _files(folder: Path) -> list[Path]:
    return sorted({*folder.glob(f"*/{FILE.as_posix()}"), *(folder / locale / FILE for locale in WHOLE)})


def _of_template(fileobj: Any, keywords: Any, tags: Any, options: dict[str, Any]) -> Iterable[Any]:
    return babel_extract(fileobj, keywords, tags, {**options, **_JINJA})


def _of_sources(texts: Sequence[Source]) -> Iterator[Problem]:
    for source in texts:
        try:
            placeholders(source.other)
            placeholders(source.one or "")
        except ValueError as error:
            yield Problem(source.file, source.line, str(error))


def _of_catalogue(file: Path, texts: Sequence[Source]) -> Iterator[Problem]:
    locale = file.parent.parent.name
    try:
        catalogue = read_catalogue(file, locale)
    except TextsError as error:
        yield Problem(file, 1, str(error))
        return
    for source in texts:
        entry = catalogue.entries.get(source.id)
        if entry is None or entry.is_fuzzy or not all(entry.strings):
            yield Problem(source.file, source.line, f"{locale}: no translation of {source.other!r}")
        else:
            yield from _unequal(entry, source)


def _unequal(entry: Entry, source: Source) -> Iterator[Problem]:
    """A translation has the placeholders of its text; a plural form may leave out the number."""
    wanted = placeholders(source.other)
    for string in entry.strings:
        try:
            found = placeholders(string)
        except ValueError as error:
            yield Problem(entry.file, entry.line, str(error))
            continue
        if found != wanted and not (source.one is not None and found | {"num"} == wanted | {"num"}):
            yield Problem(entry.file, entry.line, f"other placeholders than in {source.other!r}: {string!r}")
