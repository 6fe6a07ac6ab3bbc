"""Gettext catalogues read from `.po` files and laid one over another."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as PoMessage
from babel.messages.pofile import PoFileError, read_po

from bot.texts._message import placeholders

SOURCE = "en"
FILE = Path("LC_MESSAGES") / "messages.po"

VARIANT = "@"
"""What stands before a way of speaking in a folder's name: `it@formal`."""

_MSGID = re.compile(rb'^msgid (?!""\s*\nmsgstr)', re.MULTILINE)

_LINE = re.compile(rb'\s*(#.*|(msgctxt |msgid |msgid_plural |msgstr |msgstr\[\d+\] )?".*")?\s*$')

PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}
"""Where Babel's own order of the forms is not the one translators and their tools know (zero, one, two, few, many,
other). A catalogue's own header always wins."""

Plural = Callable[[int], int]
Id = tuple[str | None, str]
"""Context and (singular) msgid."""


class TextsError(ValueError):
    """A catalogue cannot be used, or a text lacks a value; each line of the message says where and what."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One translated message: its strings (one, or one a plural form) and where it stands."""

    id: Id
    plural_id: str | None
    strings: tuple[str, ...]
    plural: Plural
    file: Path
    line: int
    is_fuzzy: bool = False

    def string(self, count: int) -> str:
        """The form for a number; empty if it is not translated."""
        index = self.plural(count) if len(self.strings) > 1 else 0
        return self.strings[index] if index < len(self.strings) else ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One `.po` file."""

    file: Path
    entries: Mapping[Id, Entry]
    obsolete: Mapping[Id, int]
    """Obsolete messages and their lines."""
    forms: int
    """How many plural forms the language has."""
    repeated: int = 0
    """Messages that stand twice; Babel keeps the first translation."""


def folders_of(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Locale -> its catalogue files, lowest layer first; every folder's name must be a locale Babel knows."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for file in sorted(folder.glob(f"*/{FILE.as_posix()}")):
            found.setdefault(checked_locale(file.parent.parent.name), []).append(file)
    return found


def plain(names: Iterable[str]) -> list[str]:
    """The locales among catalogues' names, without the ways to speak them."""
    return [name for name in names if VARIANT not in name]


def checked_locale(name: str) -> str:
    """The name itself, if Babel knows the locale."""
    try:
        Locale.parse(name.partition(VARIANT)[0])
    except (ValueError, UnknownLocaleError) as error:
        raise TextsError(f"{name}: not a locale (language, optional region: it, pt_BR)") from error
    return name


def read_raw(file: Path, locale: str) -> Catalog:
    """The file as Babel's catalogue."""
    try:
        content = file.read_bytes()
        _check_lines(content, file)
        catalogue = read_po(BytesIO(content), locale=locale.partition(VARIANT)[0], abort_invalid=True)
    except PoFileError as error:
        raise TextsError(f"{file}:{error.lineno + 1}: {str(error).rpartition(' on ')[0]}") from error
    except (OSError, UnicodeDecodeError, LookupError) as error:
        raise TextsError(f"{file}:1: {error}") from error
    if b"Plural-Forms:" not in content:
        use_known_plurals(catalogue, locale)
    return catalogue


def use_known_plurals(catalogue: Catalog, locale: str) -> None:
    """Give a catalogue without a Plural-Forms header the usual one of its language."""
    forms = PLURALS.get(parents(locale)[-1])
    if forms:
        catalogue.mime_headers = [("Plural-Forms", forms)]


def _check_lines(content: bytes, file: Path) -> None:
    """Babel reads a line without quotes as if it had them."""
    for number, line in enumerate(content.splitlines(), start=1):
        if not _LINE.match(line):
            raise TextsError(f"{file}:{number}: neither a comment nor a quoted string")


def read_catalogue(file: Path, locale: str) -> Catalogue:
    """The file's translations, not yet checked."""
    raw = read_raw(file, locale)
    try:
        plural = gettext.c2py(raw.plural_expr)
    except ValueError as error:
        raise TextsError(f"{file}:1: Plural-Forms: {error}") from error
    entries = [_entry(message, plural, file) for message in raw if message.id]
    obsolete = {_id(message): message.lineno or 1 for message in raw.obsolete.values()}
    repeated = len(_MSGID.findall(file.read_bytes())) - len(entries)
    return Catalogue(file, {entry.id: entry for entry in entries}, obsolete, raw.num_plurals, repeated)


def _entry(message: PoMessage, plural: Plural, file: Path) -> Entry:
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    plural_id = None if isinstance(message.id, str) else message.id[1]
    filled = tuple(string or "" for string in strings)
    return Entry(_id(message), plural_id, filled, plural, file, message.lineno or 1, message.fuzzy)


def _id(message: PoMessage) -> Id:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def stray(entry: Entry) -> str | None:
    """What is wrong with the placeholders of a translation, so that it could not be shown: an unknown one, a brace."""
    try:
        known = placeholders(entry.id[1]) | placeholders(entry.plural_id or "")
    except ValueError as error:
        return str(error)
    for string in entry.strings:
        try:
            unknown = placeholders(string) - known
        except ValueError as error:
            return str(error)
        if unknown:
            names = ", ".join(f"{{{name}}}" for name in sorted(unknown))
            return f"unknown placeholder {names} in the translation of {entry.id[1]!r}"
    return None


def layered(files: Sequence[Path], locale: str) -> dict[Id, Entry]:
    """The usable translations of several files, later ones winning per message. Fuzzy and empty ones do not count."""
    entries: dict[Id, Entry] = {}
    problems: list[str] = []
    for file in files:
        for entry in read_catalogue(file, locale).entries.values():
            if entry.is_fuzzy or not any(entry.strings):
                continue
            wrong = stray(entry)
            if wrong:
                problems.append(f"{entry.file}:{entry.line}: {wrong}")
            entries[entry.id] = entry
    if problems:
        raise TextsError("\n".join(problems))
    return entries


def parents(locale: str) -> list[str]:
    """The locale and what stands in for it, nearest first: it_CH@formal -> it_CH, it."""
    found = [locale]
    while re.search("[_@]", found[-1]):
        found.append(re.split("[_@][^_@]*$", found[-1])[0])
    return found
