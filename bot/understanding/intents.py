"""What a free text wants: exact phrases first, then the locale's classifier; opting out and in; yes and no."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from bot.understanding.classifier import Classifier
from bot.understanding.folding import key, squeeze
from bot.understanding.phrases import Phrases, PhrasesError, Vocabulary

CONSENT_INTENTS = frozenset({"stop", "start", "cancel"})
"""Intents whose phrases may be words of consent too; a phrase of any other intent never is one."""
THRESHOLD = 0.44
"""Below this the classifier's guess is not taken."""
Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class Match:
    """An intent, how sure, whether the whole message is a known phrase, and the locale whose phrases it met."""

    intent: str
    confidence: float
    exact: bool
    locale: str


class Intents:
    """Built once from the phrases; the classifiers are trained here, so that no message waits for it."""

    def __init__(self, phrases: Phrases) -> None:
        self._intents = {one.locale: _Lookup(one.intents) for one in phrases}
        self._answers = {one.locale: _Lookup(one.answers) for one in phrases}
        self._ambiguous = {one.locale: _Lookup(dict.fromkeys(one.ambiguous, True)) for one in phrases}
        self._clear = _Lookup(dict.fromkeys(_all(phrases, lambda one: one.clear), True))
        self._opt_in = _Lookup(dict.fromkeys(_all(phrases, lambda one: one.opt_in), True))
        _check_consent(phrases)
        self._classifiers = {one.locale: Classifier(one.sentences, one.other) for one in phrases}

    def match(self, text: str, locale: str) -> Match | None:
        """The intent by the locale's phrases, else by another locale's phrase, else by the locale's classifier."""
        return self.exact(text, locale) or self.guess(text, locale)

    def guess(self, text: str, locale: str) -> Match | None:
        """What the locale's classifier makes of a text that is no known phrase."""
        classifier = self._classifiers.get(locale)
        guess = classifier.classify(text) if classifier else None
        if guess is None or guess[1] < THRESHOLD:
            return None
        return Match(guess[0], guess[1], False, locale)

    def exact(self, text: str, locale: str) -> Match | None:
        """The intent whose phrase the whole message is, in the locale or, where they agree, in others."""
        wanted = key(text)
        own = self._intents[locale].find(wanted) if locale in self._intents else None
        if own is not None:
            return Match(own, 1.0, True, locale)
        others = dict(_elsewhere(self._intents, wanted, locale))
        if len(set(others.values())) != 1:
            return None
        where = next(iter(others)) if len(others) == 1 else locale
        return Match(next(iter(others.values())), 1.0, True, where)

    def opt_out(self, text: str, locale: str) -> Literal["clear", "ambiguous"] | None:
        """Whether a whole message ends consent: clear words of every locale, ambiguous ones of the locale only."""
        wanted = key(text)
        if self._clear.find(wanted):
            return "clear"
        ambiguous = self._ambiguous.get(locale)
        return "ambiguous" if ambiguous and ambiguous.find(wanted) else None

    def opt_in(self, text: str) -> bool:
        """Whether a whole message asks for messages again, in any locale. Plain yes is `answer_yes_no`'s."""
        return bool(self._opt_in.find(key(text)))

    def answer_yes_no(self, text: str, locale: str) -> bool | None:
        """Yes or no in the locale, else in another one where no two locales disagree."""
        wanted = key(text)
        own = self._answers[locale].find(wanted) if locale in self._answers else None
        if own is not None:
            return own
        others = {answer for _, answer in _elsewhere(self._answers, wanted, locale)}
        return others.pop() if len(others) == 1 else None


class _Lookup(Generic[Meaning]):
    """Key -> meaning; a second try compares with every run of a letter as one, where that stays unambiguous."""

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        self._exact = meanings
        loose: dict[str, set[Meaning]] = {}
        for phrase, meaning in meanings.items():
            loose.setdefault(squeeze(phrase), set()).add(meaning)
        self._loose = {phrase: next(iter(found)) for phrase, found in loose.items() if len(found) == 1}

    def find(self, wanted: str) -> Meaning | None:
        found = self._exact.get(wanted)
        return self._loose.get(squeeze(wanted)) if found is None else found


def _check_consent(phrases: Phrases) -> None:
    """A word of consent in any locale means just that as an intent, so that it cannot be passed over."""
    consent = {*_all(phrases, lambda one: one.clear), *_all(phrases, lambda one: one.opt_in)}
    for one in phrases:
        for phrase in consent & one.intents.keys():
            if one.intents[phrase] not in CONSENT_INTENTS:
                raise PhrasesError(
                    f"{one.locale}: {phrase!r} is a word of consent, but stands for {one.intents[phrase]}"
                )


def _elsewhere(lookups: Mapping[str, _Lookup[Meaning]], wanted: str, locale: str) -> Iterator[tuple[str, Meaning]]:
    for name, lookup in lookups.items():
        found = lookup.find(wanted) if name != locale else None
        if found is not None:
            yield name, found


def _all(phrases: Phrases, pick: Callable[[Vocabulary], Iterable[str]]) -> Iterator[str]:
    return (phrase for one in phrases for phrase in pick(one))
