"""How well intents are told, with phrases left out, and on messages of authors who never saw the phrases.

    python -m benchmarks.intents [folds]

Cross-validation: the phrases of all locales are split into folds (5); each fold is read by a classifier trained on
the others, as the product reads free text, without the exact phrases. The blind messages are those of the tests. Beside
it the same training set in a stock scikit-learn pipeline, for the time a text takes. Prints one JSON line.
"""

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import mean

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from bot.texts import Texts
from bot.understanding.intents import NONE, Intents, family_of
from bot.understanding.phrases import Phrases, Vocabulary
from storage.documents import read

ROOT = Path(__file__).resolve().parent.parent
BLIND = ROOT / "tests" / "bot" / "understanding" / "heldout" / "blind"
SEED = 20240607
STOCK_TEXTS = 300
Told = tuple[str, str, str | None, tuple[str, ...]]
"""Locale, the intent meant, the intent found, what would be offered."""


def main(folds: int = 5) -> None:
    locales = Texts.load([ROOT / "locales"]).locales
    phrases = Phrases.load([ROOT / "locales"], locales)
    intents = Intents(phrases)
    blind = [told for locale in locales for told in _blind(intents, locale)]
    texts = [text for one in phrases for text in one.other][:2000]
    print(
        json.dumps(
            {
                "benchmark": "intents",
                "phrases": sum(len(said) for one in phrases for said in one.sentences.values()),
                "none": sum(len(one.other) for one in phrases),
                "left out": report(_crosswise(phrases, folds)),
                "blind": report(blind),
                "us": {
                    "classifier": _microseconds(lambda text: intents.guess(text, "en"), texts),
                    "stock pipeline": _microseconds(_stock(phrases), texts[:STOCK_TEXTS]),
                },
            }
        )
    )


def report(told: Iterable[Told]) -> dict[str, object]:
    """Per locale: the mean over the intents of how many are found, and how much of what is none is claimed."""
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    claimed: dict[str, list[bool]] = defaultdict(list)
    taken: list[bool] = []
    offered: list[bool] = []
    for locale, meant, found, choices in told:
        if meant == NONE:
            claimed[locale].append(found is not None)
            continue
        right[locale][meant].append(found == meant)
        if found is not None:
            taken.append(meant in (choices or (found,)))
        if choices:
            offered.append(meant in choices)
    macro = {locale: mean(mean(found) for found in kinds.values()) for locale, kinds in right.items()}
    return {
        "macro": {locale: round(share, 3) for locale, share in macro.items()},
        "macro mean": round(mean(macro.values()), 4),
        "none claimed": {locale: round(mean(found), 3) for locale, found in claimed.items()},
        "none claimed mean": round(mean(one for found in claimed.values() for one in found), 4),
        "right among what is taken or offered": round(mean(taken), 4),
        "two buttons": {"share": round(len(offered) / len(taken), 4), "right among them": round(mean(offered), 4)},
    }


def _crosswise(phrases: Phrases, folds: int) -> Iterable[Told]:
    for fold in range(folds):
        with tempfile.TemporaryDirectory() as folder:
            kept = [_part(one, fold, folds, left_out=False) for one in phrases]
            intents = Intents(Phrases(kept), Path(folder))
            for one in phrases:
                yield from _told(intents, _part(one, fold, folds, left_out=True))


def _part(one: Vocabulary, fold: int, folds: int, *, left_out: bool) -> Vocabulary:
    """A locale's sentences of one fold, or of all others."""

    def some(sentences: Sequence[str]) -> tuple[str, ...]:
        mixed = list(sentences)
        Random(SEED).shuffle(mixed)
        return tuple(text for place, text in enumerate(mixed) if (place % folds == fold) == left_out)

    sentences = {intent: some(said) for intent, said in one.sentences.items()}
    return replace(one, sentences=sentences, other=some(one.other), feelings=dict.fromkeys(one.feelings, ()))


def _told(intents: Intents, one: Vocabulary) -> Iterable[Told]:
    for meant, said in [*one.sentences.items(), (NONE, one.other)]:
        for text in said:
            match = intents.guess(text, one.locale)
            found = None if match is None else family_of(match.intent)
            yield one.locale, family_of(meant), found, () if match is None else tuple(map(family_of, match.choices))


def _blind(intents: Intents, locale: str) -> Iterable[Told]:
    messages = read(BLIND / f"{locale}.yaml").value
    assert isinstance(messages, dict)
    for meant, block in messages.items():
        for text in str(block).splitlines():
            match = intents.match(text, locale)
            found = None if match is None else family_of(match.intent)
            yield locale, str(meant), found, () if match is None else tuple(map(family_of, match.choices))


def _stock(phrases: Phrases) -> object:
    """The usual way: a TF-IDF union and a logistic regression, asked one text at a time; half the phrases will do."""
    examples = [(text, name) for one in phrases for name, said in one.sentences.items() for text in said[::2]]
    union = make_union(TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=2), TfidfVectorizer())
    pipeline = make_pipeline(union, LogisticRegression(max_iter=15))
    pipeline.fit(*zip(*examples, strict=True))
    return lambda text: pipeline.predict_proba([text])


def _microseconds(work: object, texts: Sequence[str]) -> float:
    assert callable(work)
    for text in texts[:50]:
        work(text)
    started = time.perf_counter()
    for text in texts:
        work(text)
    return round((time.perf_counter() - started) / len(texts) * 1e6, 1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
