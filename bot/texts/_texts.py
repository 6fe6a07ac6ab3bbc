"""`Texts`: a message and its values as a localised text, compiled once per locale and message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

from bot.message import Mark, Points, Span, Text, Value
from bot.texts._catalogue import (
    SOURCE,
    VARIANT,
    Entry,
    Id,
    Plural,
    TextsError,
    checked_locale,
    folders_of,
    layered,
    parents,
    plain,
)
from bot.texts._message import BUTTON, PLACEHOLDER, Message, placeholders
from bot.texts._values import PERSONAL, Shown, shown
from loyalty.markets import PLAIN

_FORMATTED = 32_768
_RESOLVED = 1_024
_COMPILED = 16_384

_EMOJI = re.compile("\\s*[\u2600-\u27bf\U0001f000-\U0001faff](?:[\ufe0f\u200d]+[\u2600-\u27bf\U0001f000-\U0001faff]?)*")

Template = tuple[str, tuple[tuple[str, str], ...]]
"""The words before the first field; then each field and the words after it."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A message in one locale: one template for each form, and how the form is chosen."""

    forms: tuple[Template, ...]
    plural: Plural | None = None
    count: str = ""


@dataclass(slots=True)
class _Language:
    """One active locale with the catalogues that serve it, nearest first."""

    name: str
    babel: Locale
    layers: list[Mapping[Id, Entry]]
    compiled: dict[Message, _Compiled] = field(default_factory=dict)
    is_plain: bool = False
    """Emoji are left out."""

    def entry(self, context: str | None, msgid: str) -> Entry | None:
        for layer in self.layers:
            found = layer.get((context, msgid))
            if found is not None:
                return found
        return None


class Texts:
    """All active locales. `text` is called thousands of times a second; everything else is not.

    Numbers are written as Babel writes them for the locale: in Latin digits for `ar` and `ar_EG` in this CLDR.
    """

    def __init__(self, languages: Mapping[str, _Language], variants: Mapping[str, Mapping[Id, Entry]]) -> None:
        self._languages = dict(languages)
        self._variants = variants
        self.locales: tuple[str, ...] = tuple(languages)
        self._shown: Callable[[Value, str], Shown] = lru_cache(_FORMATTED)(self._uncached)
        self._nearest: Callable[[str], str] = lru_cache(_RESOLVED)(self._resolve)
        self.voice: Callable[[str, tuple[str, ...]], str] = lru_cache(_RESOLVED)(self._voice)

    @classmethod
    def load(cls, folders: Sequence[Path], locales: Sequence[str] = ()) -> Texts:
        """Catalogues of several folders (`<locale>/LC_MESSAGES/messages.po`), later ones winning per message.

        Without `locales` everything found is active. English is always there: it is the source. A locale that no
        folder has is refused; without any folder every locale speaks the source text. A folder such as `it@formal`
        is no locale of its own but a way to speak one: the texts that differ.
        """
        files = folders_of(folders)
        active = sorted({SOURCE, *(map(checked_locale, locales) if locales else plain(files))})
        layers = {name: layered(found, name) for name, found in files.items()}
        languages: dict[str, _Language] = {}
        for name in active:
            chain = parents(name)
            if folders and not any(parent in layers or parent == SOURCE for parent in chain):
                raise TextsError(f"{name}: no folder has {name}/LC_MESSAGES/messages.po")
            languages[name] = _Language(name, Locale.parse(name), [layers[one] for one in chain if one in layers])
        return cls(languages, {name: layer for name, layer in layers.items() if VARIANT in name})

    def text(self, locale: str, message: Message, values: Mapping[str, Value]) -> Text:
        """The message in the locale, its values formatted and marked."""
        pieces: list[str] = []
        spans: list[Span] = []
        self.add(pieces, spans, 0, locale, message, values)
        return Text("".join(pieces), tuple(spans))

    def add(
        self,
        pieces: list[str],
        spans: list[Span],
        position: int,
        locale: str,
        message: Message,
        values: Mapping[str, Any],
    ) -> int:
        """Append the message to a text under way whose length is `position`; the new length."""
        language = self._language(locale)
        compiled = language.compiled.get(message) or self._compile(language, message)
        try:
            if compiled.plural is None:
                first, fields = compiled.forms[0]
            else:
                first, fields = compiled.forms[compiled.plural(_counted(values[compiled.count]))]
            pieces.append(first)
            position += len(first)
            for name, after in fields:
                written, mark = self._show(values[name], language.name)
                end = position + len(written)
                if mark is not None and written:
                    spans.append(Span(position, end, mark))
                pieces += (written, after)
                position = end + len(after)
            return position
        except KeyError as error:
            if type(error) is not KeyError or error.args[0] in values:
                raise
            raise TextsError(f"{message.other!r} needs a value for {error}") from error

    def label(self, locale: str, msgid: str) -> str:
        """A button's label or another short text without placeholders."""
        language = self._language(locale)
        for context in (BUTTON, None):
            entry = language.entry(context, msgid)
            if entry is not None and entry.strings[0]:
                return _EMOJI.sub("", entry.strings[0]) if language.is_plain else entry.strings[0]
        return msgid

    def forms(self, locale: str, message: Message) -> tuple[str, ...] | None:
        """Every form of the translation, of English the source's; None if there is none. For checks."""
        language = self._language(locale)
        entry = _translation(language, message)
        if entry is not None:
            return entry.strings
        source = (message.other,) if message.one is None else (message.one, message.other)
        return source if language.name.partition("_")[0] == SOURCE else None

    def format(self, locale: str, value: Value) -> str:
        """One value as the locale writes it."""
        return self._show(value, self._language(locale).name)[0]

    def resolve(self, locale: str | None) -> str:
        """The nearest active locale: itself, its parents, another one of its language and script, else English."""
        return self._nearest(locale) if locale else SOURCE

    def rtl(self, locale: str) -> bool:
        """Is the locale written from right to left?"""
        return bool(self._language(locale).babel.text_direction == "rtl")

    def variants(self, locale: str) -> tuple[str, ...]:
        """The ways there are to speak a locale: `it@formal`."""
        return tuple(sorted(name for name in self._variants if name.partition(VARIANT)[0] == locale))

    def _voice(self, locale: str, modifiers: tuple[str, ...]) -> str:
        """The name under which a locale is spoken in the ways wanted (`formal`, `warm`), as far as it has them.

        Where two of them have a text, the last one's is said: `it@formal+warm`.
        """
        spoken = self.resolve(locale)
        ways = {name for one in parents(spoken) for way in self.variants(one) for name in [way.partition(VARIANT)[2]]}
        known = [name for name in modifiers if name in ways or name == PLAIN]
        return f"{spoken}{VARIANT}{'+'.join(known)}" if known else spoken

    def _show(self, value: Value, locale: str) -> tuple[str, Mark | None]:
        if type(value) in PERSONAL:
            return self._uncached(value, locale)
        return self._shown(value, locale)

    def _uncached(self, value: Value, locale: str) -> Shown:
        return shown(value, self._languages[locale].babel)

    def _language(self, locale: str) -> _Language:
        return self._languages.get(locale) or self._spoken(locale)

    def _spoken(self, name: str) -> _Language:
        """A locale under another name: one that stands in for it, or a voice, built when it is first heard."""
        wanted, _, modifiers = name.partition(VARIANT)
        language = self._languages[self.resolve(wanted)]
        voice = self.voice(language.name, tuple(modifiers.split("+"))) if modifiers else language.name
        if voice not in self._languages:
            ways = [f"{one}{VARIANT}{way}" for way in reversed(modifiers.split("+")) for one in parents(language.name)]
            layers = [self._variants[way] for way in ways if way in self._variants]
            is_plain = PLAIN in modifiers.split("+")
            self._languages[voice] = _Language(voice, language.babel, [*layers, *language.layers], is_plain=is_plain)
        return self._languages[voice]

    def _compile(self, language: _Language, message: Message) -> _Compiled:
        if len(language.compiled) >= _COMPILED:
            language.compiled.clear()
        compiled = _plural(language, message) if message.one is not None else _single(language, message)
        if language.is_plain:
            compiled = replace(compiled, forms=tuple(map(_without_emoji, compiled.forms)))
        language.compiled[message] = compiled
        return compiled

    def _resolve(self, locale: str) -> str:
        wanted = _normalised(locale)
        for name in parents(wanted):
            if name in self.locales:
                return name
        language = wanted.partition("_")[0]
        near = [name for name in self.locales if name.partition("_")[0].partition("@")[0] == language]
        near.sort(key=lambda name: _script(name) != _script(wanted))
        return near[0] if near else SOURCE


def _normalised(locale: str) -> str:
    """PT-br -> pt_BR, iw -> he, zh-hant-tw -> zh_Hant_TW."""
    tag, at, modifier = locale.strip().partition("@")
    language, *rest = tag.replace("-", "_").split(".")[0].split("_")
    language = language.lower()
    language = get_global("language_aliases").get(language, language)
    subtags = [part.title() if len(part) == 4 else part.upper() for part in rest if part]
    return "_".join([language, *subtags]) + at + modifier


def _script(locale: str) -> str:
    parts = locale.partition("@")[0].split("_")
    for part in parts[1:]:
        if len(part) == 4:
            return part
    likely = get_global("likely_subtags")
    full = likely.get("_".join(parts[:2])) or likely.get(parts[0]) or ""
    return next((part for part in full.split("_") if len(part) == 4), "")


def _counted(value: Value) -> int:
    if isinstance(value, Points):
        return abs(value.value)
    if isinstance(value, int):
        return abs(value)
    raise TextsError(f"{type(value).__name__} cannot be counted: only Points and whole numbers can")


def _translation(language: _Language, message: Message) -> Entry | None:
    """The usable translation: with all its forms, and of the same plural."""
    if message.one is None:
        entry = language.entry(message.context, message.other)
        return entry if entry is not None and entry.string(1) else None
    entry = language.entry(message.context, message.one)
    return entry if entry is not None and entry.plural_id == message.other and all(entry.strings) else None


def _single(language: _Language, message: Message) -> _Compiled:
    entry = _translation(language, message)
    return _Compiled((_template(entry.string(1) if entry is not None else message.other),))


def _plural(language: _Language, message: Message) -> _Compiled:
    one, count = message.one or "", message.count
    if count is None:
        raise TextsError(f"{message.other!r} has two forms but no `count` to choose by")
    entry = _translation(language, message)
    if entry is not None:
        return _Compiled(tuple(map(_template, entry.strings)), entry.plural, count)
    return _Compiled((_template(one), _template(message.other)), lambda number: int(number != 1), count)


def _without_emoji(template: Template) -> Template:
    first, rest = template
    return _EMOJI.sub("", first).lstrip(), tuple((name, _EMOJI.sub("", after)) for name, after in rest)


def _template(text: str) -> Template:
    try:
        placeholders(text)
    except ValueError as error:
        raise TextsError(str(error)) from error
    first, *rest = PLACEHOLDER.split(text)
    return first, tuple(zip(rest[::2], rest[1::2], strict=True))
