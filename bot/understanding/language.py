"""Which language a text is in: one posterior of script, langdetect's 55 profiles, known phrases and hints.

Languages outside the deployment are not masked away: what they win together is *other*. The detector abstains unless
it is sure, and asks for more before it leaves a settled language, since a wrong switch is worse than none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from bot.understanding.folding import key, squeeze
from bot.understanding.hints import Hints, first_locale, language_of, nearest, region_tags
from bot.understanding.phrases import Phrases
from bot.understanding.profiles import table, words
from bot.understanding.scripts import LATIN, dominant, languages_in

__all__ = ["Detector", "Hints", "Verdict", "first_locale"]

_LONGEST = 400
"""Characters that are looked at; a longer text says nothing new."""
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#/]\w+|\b[\w-]+(?:\.[a-z]{2,})+(?:/\S*)?|\w*\d\w*", re.IGNORECASE)
"""Links, e-mail addresses, handles, commands, host names, numbers and codes: no language."""
_TEMPER = 0.35
"""N-grams overlap, so their evidence is counted at this share of its face value."""
_OUTSIDE = 0.05
"""How likely each language outside the deployment is, beside 1 for each one inside."""
_TELEGRAM, _COUNTRY, _CURRENT, _PHRASE = 4.0, 2.0, 3.0, 400.0
"""How many times likelier a hint, the phone's or market's country, the current language, a known phrase make one."""
_MINORITY = 3
"""A script with fewer than one in so many letters decides nothing: an Arabic name in an English sentence."""
_DENSE = frozenset({"Han", "Kana", "Hangul"})
"""Scripts whose letters say as much as Latin words; they always decide."""
_ARABIZI = re.compile(r"\b(?:[a-z]+[235678][a-z]+|[235678][aeiouy][a-z]+)\b")
_ROMANISED = frozenset(
    {
        *("aap", "aapka", "batao", "bhai", "chahiye", "dost", "hai", "hain", "hoon", "kab", "kahan", "kaisa", "kaise"),
        *("kar", "kare", "karna", "karo", "karu", "ki", "kitna", "kitne", "kitni", "ko", "kya", "kyu", "kyun", "mein"),
        *("mera", "mere", "meri", "mujhe", "nahi", "nahin", "raha", "rahe", "rahi", "tha", "tum", "yeh"),
        *("akhi", "ana", "enta", "ezayak", "habibi", "inta", "inti", "keefak", "lesh", "mafi", "mesh", "mish"),
        *("mumkin", "shlonak", "shu", "shukran", "walla", "wallah", "ween", "yalla", "yani"),
    }
)
"""Hindi, Urdu and Arabic words in Latin letters; two of them in one text and the profiles have nothing to say."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `decide` found: a locale, or that a language outside the deployment won, or neither (abstained)."""

    locale: str | None
    other: bool
    confidence: float


_ABSTAINED = Verdict(None, False, 0.0)


@dataclass(frozen=True, slots=True)
class _Bar:
    """What must be reached before a verdict stands: letters, words (of scripts with spaces), confidence."""

    letters: int
    words: int
    confidence: float


_FIRST_WORD = _Bar(5, 1, 0.97)
_FIRST_LATIN = _Bar(5, 2, 0.9)
_FIRST_OTHER = _Bar(8, 2, 0.97)
_FIRST_SCRIPT = _Bar(2, 1, 0.9)
_LEAVE_LATIN = _Bar(16, 3, 0.99)
_LEAVE_PHRASE = _Bar(10, 3, 0.99)
_LEAVE_SCRIPT = _Bar(8, 1, 0.9)
_LEAVE_DENSE = _Bar(4, 1, 0.9)


class Detector:
    """Decides for the active locales of one deployment."""

    def __init__(self, locales: Sequence[str], phrases: Phrases) -> None:
        self._locales = tuple(locales)
        self._languages = frozenset(map(language_of, locales))
        self._known = _known(phrases)

    def decide(
        self,
        text: str,
        *,
        current: str | None = None,
        settled: bool = False,
        hints: Hints = Hints(),  # noqa: B008  # frozen: nobody can change the default
    ) -> Verdict:
        """The language of a text. `current` is the conversation's locale, `settled` that evidence chose it before."""
        plain = _NOISE.sub(" ", text[:_LONGEST])
        script, letters, total = dominant(plain)
        if script is None or (letters * _MINORITY < total and script not in _DENSE):
            return _ABSTAINED
        known = self._known.get(squeeze(key(text)), frozenset())
        if len(known) > 1 or (not known and script == LATIN and (_only_names(plain) or _is_romanised(text))):
            return _ABSTAINED
        found = words(plain)
        chances = self._posterior(script, found, known, _prior(hints, current))
        language, confidence = self._winner(chances)
        leaving = settled and current is not None and language != language_of(current)
        bar = _bar(script, leaving, known=bool(known), words=0 if language is None else len(found))
        if letters < bar.letters or len(found) < bar.words or confidence < bar.confidence:
            return Verdict(None, False, confidence)
        if language is None:
            return Verdict(None, True, confidence)
        return Verdict(self._locale(language, current, hints), False, confidence)

    def _posterior(
        self, script: str, found: Sequence[str], known: frozenset[str], prior: Mapping[str, float]
    ) -> dict[str, float]:
        """Language -> probability among those of the script, temperate naive Bayes times the priors."""
        languages = languages_in(script)
        scores = table(script).score(found) if len(languages) > 1 else [0.0] * len(languages)
        for language in known.difference(languages):
            languages, scores = (*languages, language), [*scores, max(scores, default=0.0)]
        logs = {
            language: score * _TEMPER
            + log((1.0 if language in self._languages else _OUTSIDE) * prior.get(language, 1.0))
            + (log(_PHRASE) if language in known else 0.0)
            for language, score in zip(languages, scores, strict=True)
        }
        top = max(logs.values(), default=0.0)
        raw = {language: exp(value - top) for language, value in logs.items()}
        whole = sum(raw.values())
        return {language: value / whole for language, value in raw.items()}

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
        for phrase in vocabulary.messages():
            found.setdefault(squeeze(phrase), set()).add(language_of(vocabulary.locale))
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
            prior[language] = prior.get(language, 1.0) * weight
    return prior


def _bar(script: str, leaving: bool, *, known: bool, words: int) -> _Bar:
    """What this verdict must reach; `words` is 0 where it would be *other*."""
    if script != LATIN:
        if leaving:
            return _LEAVE_DENSE if script in _DENSE else _LEAVE_SCRIPT
        return _FIRST_SCRIPT
    if leaving:
        return _LEAVE_PHRASE if known else _LEAVE_LATIN
    if known:
        return _FIRST_SCRIPT
    return (_FIRST_OTHER, _FIRST_WORD, _FIRST_LATIN)[min(words, 2)]


def _only_names(text: str) -> bool:
    """Whether every word of two or more begins with a capital and goes on small, as names do."""
    found = text.split()
    return 2 <= len(found) <= 5 and all(word.istitle() for word in found)


def _is_romanised(text: str) -> bool:
    """Whether Latin letters spell a language of another script: Arabizi digits in words, or Hindi's commonest words."""
    small = text[:_LONGEST].lower()
    return bool(_ARABIZI.search(small)) or len(_ROMANISED.intersection(small.split())) > 1
