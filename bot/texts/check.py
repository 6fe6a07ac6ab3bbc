"""Are the catalogues complete and correct? Pure functions, for the command and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from bot.texts import wording
from bot.texts._catalogue import SOURCE, VARIANT, Catalogue, Entry, Id, folders_of, parents, read_catalogue, stray
from bot.texts._message import BUTTON, placeholders
from bot.texts.budgets import Budgets
from bot.texts.sources import Source, unique
from loyalty.markets import MarketProfile

SMS_KEYWORDS = frozenset(
    {
        *("arret", "cancel", "end", "optout", "quit", "revoke", "stop", "stopall", "unsubscribe"),
        *("start", "unstop", "yes"),
        *("help", "info"),
    }
)
"""Words an SMS provider acts on by itself: as a label they would opt the member out or never reach us."""

WAYS = frozenset(way for name in ("formality", "tone") for way in get_args(MarketProfile.model_fields[name].annotation))
"""The ways to speak a locale that a market can ask for."""

_SAMPLE = range(1_000)
_BRIEF = 60
"""Characters of a text that are shown of it."""


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


NO_BUDGETS = Budgets()

Layers = Mapping[str, Sequence[Catalogue]]
"""Locale -> its catalogues, lowest layer first."""


def read_layers(folders: Sequence[Path], locales: Sequence[str] = ()) -> Layers:
    """The catalogues of several folders, for the given locales, their parents and ways of speaking, or for all."""
    wanted = {parent for name in locales for parent in parents(name)} | {SOURCE}
    return {
        name: [read_catalogue(file, name) for file in files]
        for name, files in folders_of(folders).items()
        if not locales or name.partition(VARIANT)[0] in wanted or name in wanted
    }


def check(sources: Sequence[Source], layers: Layers, budgets: Budgets = NO_BUDGETS) -> list[Problem]:
    """Every problem of the sources, of every locale and of every way to speak one, errors first."""
    texts = unique(sources)
    used = {source.id for source in texts}
    problems = [*_sources(texts, budgets)]
    for locale, catalogues in layers.items():
        if VARIANT in locale:
            problems += _way(locale, catalogues, _merged(layers, parents(locale)[1]))
        elif locale != SOURCE:
            problems += _missing(texts, _merged(layers, locale), locale)
        for catalogue in catalogues:
            problems += _catalogue(catalogue, used, locale, budgets)
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


def _way(locale: str, catalogues: Sequence[Catalogue], base: Mapping[Id, Entry]) -> Iterator[Problem]:
    """A way of speaking is one that markets know, and holds only what it says in another way."""
    way = locale.partition(VARIANT)[2]
    for catalogue in catalogues:
        if way not in WAYS:
            what = f"no market can ask for the way {way!r}; there are {', '.join(sorted(WAYS))}"
            yield Problem(catalogue.file, 1, what, is_warning=True)
        for id_, entry in catalogue.entries.items():
            plain = base.get(id_)
            if plain is not None and any(entry.strings) and plain.strings == entry.strings:
                what = f"{id_[1]!r} reads as in {plain.file.parent.parent.name}: leave it out here"
                yield Problem(entry.file, entry.line, what, is_warning=True)


def _sources(texts: Sequence[Source], budgets: Budgets) -> Iterator[Problem]:
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
        strings = (source.other,) if source.one is None else (source.one, source.other)
        yield from _each(strings, source.id, (source.file, source.line), (SOURCE, budgets))


def _catalogue(catalogue: Catalogue, used: set[Id], locale: str, budgets: Budgets) -> Iterator[Problem]:
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
            yield from _each(entry.strings, entry.id, here, (locale, budgets))


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


def _each(strings: Sequence[str], id_: Id, here: tuple[Path, int], room: tuple[str, Budgets]) -> Iterator[Problem]:
    """What holds of every text by itself: its characters, its length where it is shown, its words if it is a label."""
    locale, budgets = room
    name = "label" if id_[0] == BUTTON else "text"
    for string in filter(None, strings):
        yield from (Problem(*here, f"{name} {_brief(string)} has {what}") for what in wording.wrong(string))
        for what, is_warning in budgets.exceeded(id_, string, locale):
            yield Problem(*here, f"{name} {_brief(string)} has {what}", is_warning)
        if id_[0] == BUTTON:
            yield from (Problem(*here, what) for what in _label(string))


def _brief(text: str) -> str:
    return repr(text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}…")


def _label(label: str) -> Iterable[str]:
    if label.strip(" .!?").casefold() in SMS_KEYWORDS:
        yield f"label {label!r} is a word SMS providers act on by themselves"
    if "{" in label or "}" in label:
        yield f"label {label!r} has a placeholder; labels have none"
