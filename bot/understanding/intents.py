"""What a free text wants: exact phrases first, then the classifier; opting out and in; yes and no; how a comment feels.

An intent may have finer kinds after a dot (`profile.email`). The classifier weighs kinds apart and families together:
the family decides, then the likeliest kind within it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Generic, Literal, TypeVar

from bot.understanding.cache import default_folder
from bot.understanding.classifier import Classifier
from bot.understanding.folding import key, squeeze
from bot.understanding.phrases import Phrases, PhrasesError, Vocabulary
from bot.understanding.skeleton import bones, is_romanised

CONSENT_INTENTS = frozenset({"optout", "optin", "optin.join", "cancel", "yes", "no"})
"""Intents whose phrases may be words of consent too; a phrase of any other intent never is one."""
ANSWERS = frozenset({"yes", "no"})
"""What answers a question and wants nothing by itself."""
NONE = "none"
"""The classifier's label for everything that is no intent."""
TAKEN = 0.75
"""The likeliest intent must be so likely, beside none alone, to be taken (false accepts against misses)."""
_UNSEEN = exp(2.0)
"""Most of what is no intent was never seen, so none is so many times likelier than its examples make it."""
CLOSE = 0.1
"""The second intent is offered beside the first if it has this share of its probability."""
Meaning = TypeVar("Meaning")
Feeling = Literal["negative", "neutral", "positive"]
_SMALL_TALK = 100
"""So many of a locale's unrelated phrases teach what is neither good nor bad."""
_FEELINGS: tuple[Feeling, ...] = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Match:
    """An intent, how sure, whether the whole message is a known phrase, and the locale whose phrases it met.

    `choices` holds two intents, the likelier first, where both are close.
    """

    intent: str
    confidence: float
    exact: bool
    locale: str
    choices: tuple[str, ...] = ()


class Intents:
    """Built once from the phrases; the classifiers are read or trained here, so that no message waits for it."""

    def __init__(self, phrases: Phrases, folder: Path | None = None) -> None:
        self._intents = _Lookup((one, _meanings(one)) for one in phrases)
        self._spoken = _Lookup((one, _bones(one)) for one in phrases)
        self._answers = _Lookup((one, one.answers) for one in phrases)
        self._ambiguous = _Lookup((one, dict.fromkeys(one.ambiguous, True)) for one in phrases)
        self._clear = _Lookup((one, dict.fromkeys(one.clear, True)) for one in phrases)
        self._opt_in = _Lookup((one, dict.fromkeys(one.opt_in, True)) for one in phrases)
        _check_consent(phrases)
        kept = folder or default_folder()
        self._classifier = Classifier.of("intents", list(_examples(phrases)), kept) if _teaches(phrases) else None
        self._feelings = Classifier.of("feelings", list(_comments(phrases)), kept) if _comments_on(phrases) else None

    def match(self, text: str, locale: str) -> Match | None:
        """The intent by the locale's phrases, else by another locale's phrase, else by the classifier."""
        return self.exact(text, locale) or self.guess(text, locale)

    def exact(self, text: str, locale: str) -> Match | None:
        """The intent whose phrase the whole message is, in the locale or, where they agree, in others."""
        wanted = key(text)
        found = self._intents.find(wanted, locale)
        if found is None and is_romanised(text):
            found = self._spoken.find(bones(wanted), locale)
        return None if found is None or found[0] == NONE else Match(found[0], 1.0, True, found[1])

    def guess(self, text: str, locale: str) -> Match | None:
        """What the classifier makes of a text that is no known phrase; None where none is likelier, or close to it."""
        chances = self._classifier.chances(text) if self._classifier is not None else None
        if chances is None or not any(map(str.isalpha, text)):
            return None
        nothing = chances.pop(NONE, 0.0) * _UNSEEN
        whole = nothing + sum(chances.values())
        ranked = sorted(_families(chances).items(), key=lambda found: -found[1])
        family, best = ranked[0]
        if best < TAKEN * (best + nothing):
            return None
        intent = _likeliest(chances, family)
        second, close = ranked[1] if len(ranked) > 1 else (family, 0.0)
        choices = (intent, _likeliest(chances, second)) if close >= CLOSE * best else ()
        return Match(intent, best / whole, False, locale, choices)

    def feeling(self, comment: str) -> tuple[Feeling, float] | None:
        """How a comment sounds, with a probability; None if nothing in it was ever seen."""
        chances = self._feelings.chances(comment) if self._feelings is not None else None
        if chances is None:
            return None
        best = max(_FEELINGS, key=lambda feeling: chances[feeling])
        return best, chances[best]

    def opt_out(self, text: str, locale: str) -> Literal["clear", "ambiguous"] | None:
        """Whether a whole message ends consent: clear words of every locale, ambiguous ones of the locale only."""
        wanted = key(text)
        if self._clear.knows(wanted):
            return "clear"
        return "ambiguous" if self._ambiguous.own(wanted, locale) else None

    def opt_in(self, text: str) -> bool:
        """Whether a whole message asks for messages again, in any locale. Plain yes is `answer_yes_no`'s."""
        return self._opt_in.knows(key(text))

    def answer_yes_no(self, text: str, locale: str) -> bool | None:
        """Yes or no in the locale, else in another one where no two locales disagree."""
        found = self._answers.find(key(text), locale)
        return None if found is None else found[0]


class _Lookup(Generic[Meaning]):
    """Key -> what it means in which locale. A second try compares with every run of a letter as one."""

    def __init__(self, vocabularies: Iterable[tuple[Vocabulary, Mapping[str, Meaning]]]) -> None:
        self._exact: dict[str, dict[str, Meaning]] = {}
        self._loose: dict[str, dict[str, Meaning]] = {}
        for vocabulary, meanings in vocabularies:
            locale, squeezed = vocabulary.locale, vocabulary.squeezed
            unsure: set[str] = set()
            for phrase, meaning in meanings.items():
                self._exact.setdefault(phrase, {})[locale] = meaning
                spelt = squeezed.get(phrase) or squeeze(phrase)
                if self._loose.setdefault(spelt, {}).setdefault(locale, meaning) != meaning:
                    unsure.add(spelt)
            for phrase in unsure:
                del self._loose[phrase][locale]

    def find(self, wanted: str, locale: str) -> tuple[Meaning, str] | None:
        """The meaning in the locale, else the one on which all others that know it agree; and where it was found."""
        exact = self._exact.get(wanted)
        if exact is not None and locale in exact:
            return exact[locale], locale
        loose = self._loose.get(squeeze(wanted))
        if loose is not None and locale in loose:
            return loose[locale], locale
        elsewhere = {**(loose or {}), **(exact or {})}
        meanings = list(elsewhere.values())
        if not meanings or any(meaning != meanings[0] for meaning in meanings):
            return None
        return meanings[0], next(iter(elsewhere)) if len(elsewhere) == 1 else locale

    def own(self, wanted: str, locale: str) -> Meaning | None:
        """The meaning in this locale alone."""
        for found in (self._exact.get(wanted), self._loose.get(squeeze(wanted))):
            if found is not None and locale in found:
                return found[locale]
        return None

    def knows(self, wanted: str) -> bool:
        """Whether any locale has it."""
        return bool(self._exact.get(wanted) or self._loose.get(squeeze(wanted)))


def family_of(intent: str) -> str:
    """`profile` of `profile.email`."""
    return intent.partition(".")[0]


def _families(chances: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for intent, chance in chances.items():
        family = family_of(intent)
        found[family] = found.get(family, 0.0) + chance
    return found


def _likeliest(chances: Mapping[str, float], family: str) -> str:
    return max((one for one in chances if family_of(one) == family), key=lambda one: chances[one])


def _meanings(vocabulary: Vocabulary) -> dict[str, str]:
    """Phrase -> intent, and those that are none here: another locale's phrase does not make them one."""
    return {**dict.fromkeys(vocabulary.unrelated, NONE), **vocabulary.intents}


def _bones(vocabulary: Vocabulary) -> dict[str, str]:
    """Skeleton -> intent of the phrases of a locale that people also spell in Latin letters; only where it is sure."""
    found: dict[str, str | None] = {}
    for phrase, intent in vocabulary.intents.items():
        if vocabulary.is_romanised and (spoken := bones(phrase)):
            found[spoken] = intent if found.get(spoken, intent) == intent else None
    return {spoken: intent for spoken, intent in found.items() if intent is not None}


def _examples(phrases: Phrases) -> Iterator[tuple[str, str]]:
    """(text, intent) of every locale; what is no intent teaches `none`."""
    for one in phrases:
        for intent, sentences in one.sentences.items():
            yield from ((sentence, intent) for sentence in sentences)
        yield from ((sentence, NONE) for sentence in one.other)


def _comments(phrases: Phrases) -> Iterator[tuple[str, str]]:
    """(comment, feeling) of every locale; complaints are bad, thanks are good, and small talk is neither."""
    for one in phrases:
        said = (one.sentences.get("complaint", ()), one.other[:_SMALL_TALK], one.sentences.get("thanks", ()))
        for feeling, sentences in zip(_FEELINGS, said, strict=True):
            yield from ((comment, feeling) for comment in (*sentences, *one.feelings[feeling]))


def _teaches(phrases: Phrases) -> bool:
    return len({intent for _, intent in _examples(phrases)}) > 1


def _comments_on(phrases: Phrases) -> bool:
    return {feeling for _, feeling in _comments(phrases)} == set(_FEELINGS)


def _check_consent(phrases: Phrases) -> None:
    """A word of consent in any locale means just that as an intent, so that it cannot be passed over."""
    consent = {*_all(phrases, lambda one: one.clear), *_all(phrases, lambda one: one.opt_in)}
    for one in phrases:
        for phrase in consent & one.intents.keys():
            if one.intents[phrase] not in CONSENT_INTENTS:
                raise PhrasesError(
                    f"{one.locale}: {phrase!r} is a word of consent, but stands for {one.intents[phrase]}"
                )


def _all(phrases: Phrases, pick: Callable[[Vocabulary], Iterable[str]]) -> Iterator[str]:
    return (phrase for one in phrases for phrase in pick(one))
