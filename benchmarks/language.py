"""How well, how carefully and how fast the language of a message is found, beside four other detectors in one run.

    python -m benchmarks.language [langid_dev.jsonl]

Each line of the data is `{"text", "lang", "kind"}`. The others are langdetect as it comes and restricted to the
deployment's languages, lingua and py3langid restricted to them (`pip install -e '.[bench]'`). Prints one JSON line.
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import cycle
from pathlib import Path
from timeit import repeat

from langdetect import DetectorFactory, LangDetectException, detect, detector_factory
from lingua import IsoCode639_1, LanguageDetectorBuilder
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.texts import Texts
from bot.understanding.hints import Hints
from bot.understanding.intents import Intents
from bot.understanding.language import Detector
from bot.understanding.phrases import Phrases

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "langid_dev.jsonl"
SEED = 20240607
RIGHT = 0.85
"""How often a prior is right."""
Row = dict[str, str]


def main(path: Path = DATA) -> None:
    if not path.is_file():
        sys.exit(f"{path}: no data; give a file of {{text, lang, kind}} lines as the first argument")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    locales = Texts.load([ROOT / "locales"]).locales
    phrases = Phrases.load([ROOT / "locales"], locales)
    detector = Detector(locales, phrases)
    own = {locale.partition("_")[0]: locale for locale in locales}
    inside = [row for row in rows if row["lang"] in own]
    DetectorFactory.seed = SEED
    print(
        json.dumps(
            {
                "benchmark": "language",
                "languages": sorted(own),
                "right without prior": {
                    "ours": timed(inside, lambda text: _language(detector, text)),
                    "langdetect": timed(inside, _stock),
                    "langdetect restricted": timed(inside, _restricted(set(own))),
                    "lingua restricted": timed(inside, _lingua(own)),
                    "py3langid restricted": timed(inside, _py3langid(own)),
                },
                "prior as current": priors(rows, own, lambda text, prior: _current(detector, text, prior)),
                "prior as hint": priors(rows, own, lambda text, prior: _hint(detector, text, prior)),
                "us_40_characters": _microseconds(lambda: detector.decide("vorrei sapere quanti punti ho raccolto a")),
                "us_known_phrase": _microseconds(_known(phrases)),
            }
        )
    )


def timed(rows: Iterable[Row], detect: Callable[[str], str | None]) -> dict[str, float]:
    """Right per kind; whoever abstains is wrong. And microseconds a text."""
    right: dict[str, list[bool]] = defaultdict(list)
    rows = list(rows)
    detect(rows[0]["text"])
    started = time.perf_counter()
    for row in rows:
        right[row["kind"]].append(detect(row["text"]) == row["lang"])
    spent = (time.perf_counter() - started) / len(rows) * 1e6
    return {**{kind: _share(found) for kind, found in right.items()}, "us": round(spent, 1)}


def priors(
    rows: Iterable[Row], own: Mapping[str, str], decide: Callable[[str, str], str | None]
) -> dict[str, dict[str, float]]:
    """Per kind, with a prior right 85 % of the time that is kept unless something else is decided: what is right in
    the end, right priors left (wrong switches), wrong priors kept; and how often a text in a language outside the
    deployment takes somebody away."""
    draw = random.Random(SEED)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        language, count = row["lang"], found[row["kind"]]
        is_right = language in own and draw.random() < RIGHT
        prior = language if is_right else draw.choice([one for one in sorted(own) if one != language])
        end = decide(row["text"], own[prior]) or prior
        if language not in own:
            count.update(outside=1, switched=end != prior)
        else:
            count.update(all=1, right=end == language)
            count.update(good=is_right, left=is_right and end != language)
            count.update(bad=not is_right, kept=not is_right and end == prior)
    whole: Counter[str] = sum(found.values(), Counter())
    return {
        kind: {
            "right": _ratio(one["right"], one["all"]),
            "wrong switches": _ratio(one["left"], one["good"]),
            "wrong priors kept": _ratio(one["kept"], one["bad"]),
            "outside switched": _ratio(one["switched"], one["outside"]),
        }
        for kind, one in {**found, "all": whole}.items()
    }


def _language(detector: Detector, text: str) -> str | None:
    locale = detector.decide(text).locale
    return None if locale is None else locale.partition("_")[0]


def _current(detector: Detector, text: str, prior: str) -> str | None:
    locale = detector.decide(text, current=prior).locale
    return None if locale is None else locale.partition("_")[0]


def _hint(detector: Detector, text: str, prior: str) -> str | None:
    locale = detector.decide(text, hints=Hints(locale=prior)).locale
    return None if locale is None else locale.partition("_")[0]


def _stock(text: str) -> str | None:
    try:
        return str(detect(text)).partition("-")[0]
    except LangDetectException:
        return None


def _restricted(languages: set[str]) -> Callable[[str], str | None]:
    """langdetect with a uniform prior over the deployment's languages and none over the others."""
    detector_factory.init_factory()
    factory = detector_factory._factory
    prior = {code: 1.0 for code in factory.langlist if code.partition("-")[0] in languages}

    def restricted(text: str) -> str | None:
        try:
            asked = factory.create()
            asked.set_prior_map(prior)
            asked.append(text)
            return str(asked.detect()).partition("-")[0]
        except LangDetectException:
            return None

    return restricted


def _lingua(languages: Iterable[str]) -> Callable[[str], str | None]:
    codes = [getattr(IsoCode639_1, code.upper()) for code in languages]
    built = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()

    def found(text: str) -> str | None:
        language = built.detect_language_of(text)
        return None if language is None else language.iso_code_639_1.name.lower()

    return found


def _py3langid(languages: Iterable[str]) -> Callable[[str], str | None]:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return lambda text: str(identifier.classify(text.lower())[0])


def _known(phrases: Phrases) -> Callable[[], object]:
    """What a settled member's known phrase costs: its key and the look-up; no detection runs."""
    intents = Intents(phrases)
    asked = cycle([f"{phrase.title()}!" for said in phrases["it"].sentences.values() for phrase in said])
    return lambda: intents.exact(next(asked), "it")


def _microseconds(work: Callable[[], object]) -> float:
    return round(min(repeat(work, number=2000, repeat=5)) / 2000 * 1e6, 1)


def _share(found: list[bool]) -> float:
    return round(sum(found) / len(found), 4)


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
