"""Which language a text is in: one posterior of script, n-grams and words, known phrases and what is known before.

Languages outside the deployment are not masked away: what they win together is *other*. With nothing to go by the
likeliest language is taken; a language that somebody is settled in, or that hints point at, is left only for strong
evidence, or for weaker evidence twice in a row, since a wrong switch is worse than none. docs/language.md has figures.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from pathlib import Path

from bot.understanding.cache import default_folder
from bot.understanding.folding import key, squeeze
from bot.understanding.hints import Hints, first_locale, language_of, nearest, region_tags
from bot.understanding.phrases import Phrases
from bot.understanding.profiles import SIBLINGS, table, words
from bot.understanding.scripts import LATIN, codepages, dominant, scripts_of
from bot.understanding.skeleton import ROMANISED, is_romanised

__all__ = ["Detector", "Hints", "Verdict", "first_locale"]

_LONGEST = 400
"""Characters that are looked at; a longer text says nothing new."""
_NOISE = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|[@#/][a-z0-9_]+|\b[\w-]+(?:\.[a-z]{2,})+(?:/\S*)?|[a-z0-9_]*\d[a-z0-9_]*",
    re.IGNORECASE | re.ASCII,
)
"""Links, e-mail addresses, handles, commands, host names, numbers and codes: no language."""
_OUTSIDE, _OUTSIDE_CAREFUL = log(0.05), log(0.1)
"""How likely each language outside the deployment is, beside 1 for each one inside; likelier where there is
something to leave."""
_SIBLING = log(1.5)
"""The same for one that is written like a language of the deployment (Malay beside Indonesian)."""
_CURRENT, _TELEGRAM, _COUNTRY, _PHRASE = 3.0, 3.0, 1.5, 6.0
"""Nats for the current language, Telegram's language_code, the phone's or market's country, a known phrase."""
_CODEPAGE = 3.0
"""Nats a character that only one of two national character sets has, among languages that share the Han script."""
_ALIKE = {"zh-tw": "zh-cn", "zh-cn": "zh-tw"}
"""Read as the other where only the other is active."""
_MINORITY = 3
"""A script with fewer than one in so many letters decides nothing: an Arabic name in an English sentence."""
_DENSE = frozenset({"Han", "Kana", "Hangul"})
"""Scripts whose letters say as much as Latin words; they always decide."""
_TAKEN = 0.4
"""Without anything to leave, a language this likely is taken."""
_LEFT = 0.85
"""So likely must another language be before a settled one is left."""
_SET_ASIDE = 0.9
"""The same before what hints say is set aside."""
_LEFT_SHORT = 0.96
"""The same for a word or two of Latin letters."""
_LEFT_MIXED = 0.95
"""The same where people mix their language with English in Latin letters."""
_FOREIGN_MIXED = 0.995
"""There, so likely must a language that we do not speak be before we say so."""
_LEANING = 0.6
"""So likely, and the message before it too: then it is left as well."""
_FEWEST_HINTED = 2
"""Letters below which hints are not set aside."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `decide` found: a locale, or that a language outside the deployment won, or neither (abstained).

    `leaning` is the locale the message itself seems to be in, decided or not: beside the next one it may decide.
    """

    locale: str | None
    other: bool
    confidence: float
    leaning: str | None = None


_ABSTAINED = Verdict(None, False, 0.0)


@dataclass(frozen=True, slots=True)
class _Said:
    """How much a text says: its script, the script's letters among all, its words, the winner's probability."""

    script: str
    letters: int
    total: int
    words: int
    chance: float
    is_known: bool

    def is_foreign(self, current: str | None) -> bool:
        """Enough to say that it is in a language we do not speak: never of a word, hardly of Hindi in Latin letters."""
        if self.script in _DENSE:
            return self.letters > 2 and self.chance >= _LEFT
        mixed = current is not None and self.script == LATIN and language_of(current) in ROMANISED
        return self.letters >= 8 and self.words > 1 and self.chance >= (_FOREIGN_MIXED if mixed else _LEFT)

    def is_strong(self, current: str) -> bool:
        """Enough to leave a settled language at once: not for a word of courtesy, not for a name."""
        if self.script in _DENSE:
            return self.chance >= _LEFT and (self.is_known or self.letters > 3)
        if self.script != LATIN:
            return self.chance >= _LEFT and self.letters * 2 > self.total and (self.is_known or self.letters >= 8)
        if self.words < 3 and (self.is_known or self.letters < 6 or self.chance < _LEFT_SHORT):
            return False
        return self.chance >= (_LEFT_MIXED if language_of(current) in ROMANISED else _LEFT)


class Detector:
    """Decides for the active locales of one deployment."""

    def __init__(self, locales: Sequence[str], phrases: Phrases, folder: Path | None = None) -> None:
        self._locales = tuple(locales)
        self._languages = frozenset(map(language_of, locales))
        self._known = _known(phrases)
        self._folder = folder or default_folder()
        for script in scripts_of(self._languages):
            table(script, self._folder)

    def decide(
        self,
        text: str,
        *,
        current: str | None = None,
        hints: Hints = Hints(),  # noqa: B008  # frozen: nobody can change the default
        before: str | None = None,
    ) -> Verdict:
        """The language of a text.

        `current` is the locale the conversation is settled in, `before` the one that the last message was leaning to.
        """
        plain = _NOISE.sub(" ", text[:_LONGEST])
        script, letters, total = dominant(plain)
        if script is None or (letters * _MINORITY < total and script not in _DENSE):
            return _ABSTAINED
        known = self._known.get(squeeze(key(text)), frozenset())
        if not known and ((script == LATIN and is_romanised(text)) or (current and _only_names(plain))):
            return _ABSTAINED
        prior = _prior(hints, current)
        found = words(plain)
        language, chance = self._winner(self._posterior(script, plain, found, known, prior))
        said = _Said(script, letters, total, len(found), chance, is_known=bool(known))
        if language is None:
            return Verdict(None, said.is_foreign(current), chance)
        locale = self._locale(language, current, hints)
        leaning = locale if chance >= _LEANING else None
        if language == language_of(current or "und"):
            decided = chance >= _TAKEN
        elif current is not None:
            decided = said.is_strong(current) or (leaning is not None and leaning == before)
        elif not prior or prior.get(language, 0.0) == max(prior.values()):
            decided = chance >= _TAKEN
        else:
            decided = letters >= _FEWEST_HINTED and chance >= _SET_ASIDE
        return Verdict(locale if decided else None, False, chance, leaning)

    def _posterior(
        self, script: str, plain: str, found: Sequence[str], known: frozenset[str], prior: Mapping[str, float]
    ) -> dict[str, float]:
        """Language -> probability among those of the script: naive Bayes times the priors."""
        evidence = table(script, self._folder)
        scores = dict(zip(evidence.languages, evidence.score(found).tolist(), strict=True))
        for language, characters in codepages(plain).items() if script == "Han" else ():
            scores[language] += _CODEPAGE * characters
        for language, twin in _ALIKE.items():
            if language in scores and language not in self._languages and twin in self._languages:
                scores[twin] = max(scores.get(twin, 0.0), scores.pop(language))
        best = max(scores.values(), default=0.0)
        logs = {
            language: scores.get(language, best)
            + self._likely(language, careful=bool(prior))
            + prior.get(language, 0.0)
            + (_PHRASE if language in known else 0.0)
            for language in {**scores, **dict.fromkeys(known)}
        }
        top = max(logs.values(), default=0.0)
        raw = {language: exp(value - top) for language, value in logs.items()}
        whole = sum(raw.values())
        return {language: value / whole for language, value in raw.items()}

    def _likely(self, language: str, *, careful: bool) -> float:
        if language in self._languages:
            return 0.0
        if careful and SIBLINGS.get(language) in self._languages:
            return _SIBLING
        return _OUTSIDE_CAREFUL if careful else _OUTSIDE

    def _winner(self, chances: Mapping[str, float]) -> tuple[str | None, float]:
        """The likeliest active language, or None for *other* when the rest together is likelier."""
        inside = {language: chance for language, chance in chances.items() if language in self._languages}
        other = max(1.0 - sum(inside.values()), 0.0)
        best = max(inside, key=lambda language: inside[language], default=None)
        if best is None or other > inside[best]:
            return None, other
        return best, inside[best]

    def _locale(self, language: str, current: str | None, hints: Hints) -> str:
        """The active locale of a language: the current one, else what the hints point at, else the first."""
        if current in self._locales and current is not None and language_of(current) == language:
            return current
        same = [one for one in self._locales if language_of(one) == language]
        tags = ((hints.locale,) if hints.locale else (), *region_tags(hints))
        wanted = (nearest(tag, same) for group in tags for tag in group)
        return next((one for one in wanted if one is not None), same[0])


def _known(phrases: Phrases) -> dict[str, frozenset[str]]:
    """Whole message -> the languages whose phrases it is one of."""
    found: dict[str, set[str]] = {}
    for vocabulary in phrases:
        language = language_of(vocabulary.locale)
        for phrase in vocabulary.messages():
            found.setdefault(vocabulary.squeezed[phrase], set()).add(language)
    return {phrase: frozenset(languages) for phrase, languages in found.items()}


def _prior(hints: Hints, current: str | None) -> Mapping[str, float]:
    return _weights(hints.locale, tuple(region_tags(hints)), current)


@lru_cache(maxsize=1024)
def _weights(told: str | None, regions: tuple[tuple[str, ...], ...], current: str | None) -> Mapping[str, float]:
    prior: dict[str, float] = {}
    for tags, weight in (
        ((told,) if told else (), _TELEGRAM),
        *((tags, _COUNTRY) for tags in regions),
        ((current,) if current else (), _CURRENT),
    ):
        for language in {language_of(tag) for tag in tags}:
            prior[language] = prior.get(language, 0.0) + weight
    return prior


def _only_names(text: str) -> bool:
    """Whether every word of two or more begins with a capital and goes on small, as names do."""
    found = text.split()
    return 2 <= len(found) <= 5 and all(word.istitle() for word in found)
