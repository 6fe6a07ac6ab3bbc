"""Are the catalogues complete and correct? Pure functions, for the command and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.texts._catalogue import SOURCE, Catalogue, Entry, Id, folders_of, parents, read_catalogue, stray
from bot.texts._message import BUTTON, placeholders
from bot.texts.sources import Source, unique

BUTTON_LABEL, LIST_LABEL = 20, 24
"""How long a label may be where choices are buttons, and where they are a list (WhatsApp, the narrowest)."""

SMS_KEYWORDS = frozenset(
    {
        *("arret", "cancel", "end", "optout", "quit", "revoke", "stop", "stopall", "unsubscribe"),
        *("start", "unstop", "yes"),
        *("help", "info"),
    }
)
"""Words an SMS provider acts on by itself: as a label they would opt the member out or never reach us."""

_SAMPLE = range(1_000)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file. A warning does not fail the check."""

    file: Path
    line: int
    what: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'warning: ' if self.is_warning else ''}{self.what}"

    def shown_from(self, folder: Path) -> str:
        """The same with a short path for a reader who stands in this folder."""
        file = self.file.relative_to(folder) if self.file.is_relative_to(folder) else self.file
        return str(Problem(file, self.line, self.what, self.is_warning))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the texts a locale says."""

    locale: str
    translated: int
    total: int


Layers = Mapping[str, Sequence[Catalogue]]
"""Locale -> its catalogues, lowest layer first."""


def read_layers(folders: Sequence[Path], locales: Sequence[str] = ()) -> Layers:
    """The catalogues of several folders, for the given locales and their parents or for all."""
    wanted = {parent for name in locales for parent in parents(name)} | {SOURCE}
    return {
        name: [read_catalogue(file, name) for file in files]
        for name, files in folders_of(folders).items()
        if not locales or name in wanted
    }


def check(sources: Sequence[Source], layers: Layers) -> list[Problem]:
    """Every problem of the sources and of every locale, in the order of files and lines."""
    texts = unique(sources)
    problems = [*_sources(texts)]
    for locale, catalogues in layers.items():
        known = _merged(layers, locale)
        if locale != SOURCE:
            problems += _missing(texts, known, locale)
        used = {source.id for source in texts}
        for catalogue in catalogues:
            problems += _catalogue(catalogue, used)
    return sorted(dict.fromkeys(problems), key=lambda one: (one.is_warning, str(one.file), one.line, one.what))


def coverage(sources: Sequence[Source], layers: Layers) -> list[Coverage]:
    """How complete each locale is; English is its own translation."""
    texts = unique(sources)
    found = []
    for locale in sorted({SOURCE, *layers}):
        missing = 0 if locale == SOURCE else len(list(_missing(texts, _merged(layers, locale), locale)))
        found.append(Coverage(locale, len(texts) - missing, len(texts)))
    return found


def _merged(layers: Layers, locale: str) -> dict[Id, Entry]:
    """What a locale can say, its parents' words under its own."""
    merged: dict[Id, Entry] = {}
    for name in reversed(parents(locale)):
        for catalogue in layers.get(name, ()):
            merged.update({id_: entry for id_, entry in catalogue.entries.items() if _is_usable(entry)})
    return merged


def _is_usable(entry: Entry) -> bool:
    return not entry.is_fuzzy and all(entry.strings)


def _missing(texts: Sequence[Source], known: Mapping[Id, Entry], locale: str) -> Iterator[Problem]:
    for source in texts:
        entry = known.get(source.id)
        if source.context == BUTTON and entry is None:
            entry = known.get((None, source.other))
        if entry is None or (source.one is not None and entry.plural_id != source.other):
            yield Problem(source.file, source.line, f"{locale}: no translation of {source.other!r}")


def _sources(texts: Sequence[Source]) -> Iterator[Problem]:
    plurals = {source.id: source for source in texts if source.one is not None}
    for source in texts:
        twin = plurals.get(source.id)
        if twin is not None and source.one is not None and twin.other != source.other:
            yield Problem(
                source.file, source.line, f"{source.id[1]!r} is also a text with another plural ({twin.file})"
            )
        try:
            placeholders(source.other)
            placeholders(source.one or "")
        except ValueError as error:
            yield Problem(source.file, source.line, str(error))
            continue
        if source.context == BUTTON:
            yield from _label(source.other, source.file, source.line)


def _catalogue(catalogue: Catalogue, used: set[Id]) -> Iterator[Problem]:
    if catalogue.repeated:
        yield Problem(
            catalogue.file, 1, f"{catalogue.repeated} messages stand here twice, the first counts: run `texts update`"
        )
    for id_, line in catalogue.obsolete.items():
        if id_ in catalogue.entries:
            yield Problem(catalogue.file, line, f"{id_[1]!r} is obsolete here and in use above: run `texts update`")
    for entry in catalogue.entries.values():
        here = (entry.file, entry.line)
        if entry.id not in used:
            yield Problem(*here, f"{entry.id[1]!r} is said nowhere: run `texts update`", is_warning=True)
        if entry.is_fuzzy:
            yield Problem(*here, f"fuzzy translation of {entry.id[1]!r}")
        if any(entry.strings):
            yield from (Problem(*here, what) for what in _wrong(entry, catalogue.forms))
            if entry.id[0] == BUTTON:
                yield from _label(entry.strings[0], *here)


def _wrong(entry: Entry, forms: int) -> Iterator[str]:
    """Empty forms and placeholders that differ from the source's."""
    if entry.plural_id is not None and (len(entry.strings) < forms or not all(entry.strings)):
        yield f"{forms} plural forms are needed for {entry.id[1]!r}"
    wrong = stray(entry)
    if wrong:
        yield wrong
        return
    wanted = placeholders(entry.plural_id or entry.id[1])
    for index, string in enumerate(entry.strings):
        lost = sorted(wanted - placeholders(string)) if string else []
        if len(lost) > (1 if _stands_for_one_number(entry, index) else 0):
            yield f"{', '.join(f'{{{name}}}' for name in lost)} is missing in the translation of {entry.id[1]!r}"


def _stands_for_one_number(entry: Entry, form: int) -> bool:
    """Such a form may say the number in words ("one point") and leave its placeholder out."""
    return entry.plural_id is not None and sum(entry.plural(number) == form for number in _SAMPLE) == 1


def _label(label: str, file: Path, line: int) -> Iterable[Problem]:
    if len(label) > LIST_LABEL:
        yield Problem(file, line, f"label {label!r} has {len(label)} characters, a list shows {LIST_LABEL}")
    elif len(label) > BUTTON_LABEL:
        what = f"label {label!r} has {len(label)} characters, a button shows {BUTTON_LABEL}"
        yield Problem(file, line, what, is_warning=True)
    if label.strip(" .!?").casefold() in SMS_KEYWORDS:
        yield Problem(file, line, f"label {label!r} is a word SMS providers act on by themselves")
    if "{" in label or "}" in label:
        yield Problem(file, line, f"label {label!r} has a placeholder; labels have none")
