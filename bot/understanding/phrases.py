"""`locales/<locale>/phrases.yaml`: what people type, read, checked and made into lookups by `folding.key`.

Each list is a YAML list or a text block with one phrase a line. `intents` may name intents of a deployment's own flows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot.understanding.folding import key, squeeze
from bot.understanding.skeleton import ROMANISED
from storage.documents import load

FILE = "phrases.yaml"
_NONE = "(other)"


class PhrasesError(ValueError):
    """A locale has no phrases.yaml, or its phrases contradict each other."""


def _lines(value: object) -> object:
    return [line.strip() for line in value.splitlines() if line.strip()] if isinstance(value, str) else value


Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Lines = Annotated[tuple[Phrase, ...], BeforeValidator(_lines)]
IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,31}(\.[a-z][a-z_]{0,31})?$")]
"""A meaning of free text; after a dot a finer kind of it, such as `profile.email`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptOutLines(_Strict):
    """Whole messages that end consent: `clear` ones always, `ambiguous` ones only if nothing else is open."""

    clear: Lines = ()
    ambiguous: Lines = ()


class SentimentLines(_Strict):
    """Comments as people write them, by how they sound."""

    negative: Lines = ()
    neutral: Lines = ()
    positive: Lines = ()


class PhraseFile(_Strict):
    """One phrases.yaml."""

    intents: dict[IntentName, Lines] = Field(default_factory=dict)
    other: Lines = ()
    """Sentences that are no intent: the classifier's background."""
    opt_out: OptOutLines = OptOutLines()
    opt_in: Lines = ()
    yes: Lines = ()
    no: Lines = ()
    introductions: Lines = ()
    """How people say what they are called, with `{name}` where the name stands."""
    sentiment: SentimentLines | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One locale's phrases: the sentences as written, and the keys they are looked up by."""

    locale: str
    sentences: Mapping[str, tuple[str, ...]]
    other: tuple[str, ...]
    intents: Mapping[str, str]
    unrelated: frozenset[str]
    """What is no intent here, whatever it means in another locale."""
    clear: frozenset[str]
    ambiguous: frozenset[str]
    opt_in: frozenset[str]
    answers: Mapping[str, bool]
    squeezed: Mapping[str, str]
    """Every phrase above with its runs of a letter as one: made once, since there are thousands."""
    introductions: tuple[str, ...]
    feelings: Mapping[str, tuple[str, ...]]

    @property
    def is_romanised(self) -> bool:
        """Whether the locale's language is also spelt in Latin letters, each in their own way."""
        return self.locale.partition("_")[0] in ROMANISED

    def messages(self) -> frozenset[str]:
        """Every whole message this locale knows."""
        return frozenset(self.intents) | self.clear | self.ambiguous | self.opt_in | frozenset(self.answers)


class Phrases:
    """The vocabularies of the active locales, in their order."""

    def __init__(self, vocabularies: Iterable[Vocabulary]) -> None:
        self._by_locale = {one.locale: one for one in vocabularies}

    @classmethod
    def load(cls, folders: Sequence[Path], locales: Sequence[str]) -> Phrases:
        """Reads `<folder>/<locale>/phrases.yaml` in every folder (ours, then the deployment's, which adds to it)."""
        return cls(_vocabulary(locale, list(_files(folders, locale))) for locale in locales)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self._by_locale)

    def __getitem__(self, locale: str) -> Vocabulary:
        return self._by_locale[locale]

    def __iter__(self) -> Iterator[Vocabulary]:
        return iter(self._by_locale.values())

    def get(self, locale: str) -> Vocabulary | None:
        return self._by_locale.get(locale)


def _files(folders: Sequence[Path], locale: str) -> Iterator[PhraseFile]:
    """The locale's files, or, where a region has none, those of its language (`es_MX` falls back on `es`)."""
    for name in (locale, locale.partition("_")[0]):
        paths = [path for folder in folders if (path := folder / name / FILE).is_file()]
        if paths:
            yield from (load(path, PhraseFile) for path in paths)
            return
    raise PhrasesError(f"{locale}: no {FILE} in {', '.join(map(str, folders))}")


def _vocabulary(locale: str, files: Sequence[PhraseFile]) -> Vocabulary:
    names = dict.fromkeys(name for one in files for name in one.intents)
    sentences = {name: _merged(one.intents.get(name, ()) for one in files) for name in names}
    other = _merged(one.other for one in files)
    opt_out = {
        "clear": _merged(one.opt_out.clear for one in files),
        "ambiguous": _merged(one.opt_out.ambiguous for one in files),
        "opt_in": _merged(one.opt_in for one in files),
    }
    answers = {"yes": _merged(one.yes for one in files), "no": _merged(one.no for one in files)}
    sentences.update({name: _merged((said, sentences.get(name, ()))) for name, said in answers.items() if said})
    meanings = _index(locale, {**sentences, _NONE: other})
    consent = _index(locale, opt_out)
    replies = _index(locale, answers)
    return Vocabulary(
        locale=locale,
        sentences=sentences,
        other=other,
        intents={phrase: name for phrase, name in meanings.items() if name != _NONE},
        unrelated=_named(meanings, _NONE),
        clear=_named(consent, "clear"),
        ambiguous=_named(consent, "ambiguous"),
        opt_in=_named(consent, "opt_in"),
        answers={phrase: name == "yes" for phrase, name in replies.items()},
        squeezed={phrase: squeeze(phrase) for phrase in {**meanings, **consent, **replies}},
        introductions=_merged(one.introductions for one in files),
        feelings={
            feeling: _merged(getattr(one.sentiment, feeling) for one in files if one.sentiment is not None)
            for feeling in SentimentLines.model_fields
        },
    )


def _merged(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for one in lists for phrase in one))


def _index(locale: str, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Key -> list name; a phrase in two lists is refused, since it would mean two things."""
    found: dict[str, str] = {}
    for name, phrases in lists.items():
        for phrase in phrases:
            before = found.setdefault(key(phrase), name)
            if before != name:
                raise PhrasesError(f"{locale}: {phrase!r} is both {before} and {name}")
    return found


def _named(index: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(phrase for phrase, found in index.items() if found == name)
