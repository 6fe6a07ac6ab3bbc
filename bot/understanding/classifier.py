"""A small text classifier for one locale: naive Bayes over character n-grams and words, with a background class.

Its confidence is the winner's probability times how much of the text (weighted by rarity) the winner's examples cover,
so that a sentence about something else falls below the threshold even if one intent is its least unlikely reading.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp, log

from bot.understanding.folding import fold

_SIZES = (2, 3, 4)
_LONG_WORD = 32
"""Characters; the pieces of a longer word are too many to remember."""
_SMOOTHING = 0.15
_TEMPER = 0.12
"""N-grams overlap, so their evidence is counted at this share of its face value."""
_LONGEST = 300
_BACKGROUND = ""


class Classifier:
    """Trained when made; the same examples always give the same classifier."""

    def __init__(self, examples: Mapping[str, Sequence[str]], background: Sequence[str]) -> None:
        self._labels = (*examples, _BACKGROUND)
        counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        totals = [0] * len(self._labels)
        documents = 0
        for label, sentences in enumerate((*examples.values(), background)):
            for sentence in sentences:
                documents += 1
                for feature in features(sentence):
                    seen = counts[feature]
                    seen[label] = seen.get(label, 0) + 1
                    totals[label] += 1
        floors = [log(_SMOOTHING / (total + _SMOOTHING * len(counts))) for total in totals]
        self._unknown = log((documents + 1) / 0.5)
        self._floors = floors
        self._features = {
            feature: (
                log((documents + 1) / (sum(seen.values()) + 0.5)),
                tuple(log(1 + seen.get(label, 0) / _SMOOTHING) for label in range(len(self._labels))),
            )
            for feature, seen in counts.items()
        }

    def classify(self, text: str) -> tuple[str, float] | None:
        """The likeliest label with a confidence from 0 to 1; None if the background is likelier than any."""
        found = features(text[:_LONGEST])
        known = [row for feature in found if (row := self._features.get(feature)) is not None]
        if not known:
            return None
        scores = map(sum, zip(*[gains for _, gains in known], strict=True))
        logs = [_TEMPER * (score + len(known) * floor) for score, floor in zip(scores, self._floors, strict=True)]
        best = max(range(len(logs)), key=logs.__getitem__)
        if self._labels[best] == _BACKGROUND:
            return None
        chance = 1 / sum([exp(value - logs[best]) for value in logs])
        whole = sum([rarity for rarity, _ in known]) + (len(found) - len(known)) * self._unknown
        covered = sum([rarity for rarity, gains in known if gains[best]])
        return self._labels[best], chance * covered / whole


def features(text: str) -> set[str]:
    """Words, pairs of neighbours, and 2- to 4-character pieces of each word with its ends marked by spaces."""
    found = fold(text).split()
    kept = {f"{one} {two}" for one, two in pairwise(found)}
    return kept.union(*[_remembered(word) if len(word) <= _LONG_WORD else _pieces(word) for word in found])


@lru_cache(maxsize=4096)
def _remembered(word: str) -> tuple[str, ...]:
    return _pieces(word)


def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    parts = (padded[start : start + size] for size in _SIZES for start in range(len(padded) - size + 1))
    return (padded, *parts)
