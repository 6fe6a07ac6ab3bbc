"""How well, how carefully and how fast the language of a message is found, beside langdetect's own detector.

    python -m benchmarks.language [langid_dev.jsonl] [sample]

Each line of the data is `{"text", "lang", "kind"}`. Prints one JSON line.
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from timeit import repeat

from langdetect import DetectorFactory, LangDetectException, detect_langs

from bot.understanding.hints import language_of
from bot.understanding.language import Detector
from bot.understanding.phrases import Phrases

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "langid_dev.jsonl"
LOCALES = ("en", "it", "es", "pt_BR", "ar")
SEED = 20240607
STOCK_SURE = 0.9
Row = dict[str, str]


def main(path: Path = DATA, sample: int = 1500) -> None:
    if not path.is_file():
        sys.exit(f"{path}: no data; give a file of {{text, lang, kind}} lines as the first argument")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    detector = Detector(LOCALES, Phrases.load([ROOT / "locales"], LOCALES))
    started = time.perf_counter()
    detector.decide("una prova abbastanza lunga")
    load_ms = (time.perf_counter() - started) * 1000
    few = random.Random(SEED).sample(rows, min(sample, len(rows)))
    DetectorFactory.seed = SEED
    detect_langs("una prova abbastanza lunga")
    print(
        json.dumps(
            {
                "benchmark": "language",
                "load_ms": round(load_ms, 1),
                "us_40_characters": forty(detector),
                "fresh": report(rows, lambda row: ours(detector, row, settled=False)),
                "settled_elsewhere": report(rows, lambda row: ours(detector, row, settled=True)),
                "settled_at_home": leaves(detector, rows),
                "sample": {
                    "ours": timed(few, lambda row: ours(detector, row, settled=False)),
                    "stock": timed(few, stock),
                },
            }
        )
    )


def forty(detector: Detector) -> float:
    """Microseconds for one message of 40 characters, the best of five rounds."""
    text = "vorrei sapere quanti punti ho raccolto a"
    assert len(text) == 40
    return round(min(repeat(lambda: detector.decide(text), number=500, repeat=5)) / 500 * 1e6, 1)


def ours(detector: Detector, row: Row, *, settled: bool) -> str | None:
    """The language found, `other`, or None. Settled: the conversation stands in a language the text is not in, and
    staying there counts as abstaining: the figure is wrong switches."""
    current = ("en" if row["lang"] == "it" else "it") if settled else None
    verdict = detector.decide(row["text"], current=current, settled=settled)
    if verdict.other:
        return "other"
    return language_of(verdict.locale) if verdict.locale and verdict.locale != current else None


def leaves(detector: Detector, rows: Iterable[Row]) -> dict[str, float]:
    """Per kind, how often a member who is settled in the text's own language is taken out of it or called other."""
    moved: dict[str, list[bool]] = defaultdict(list)
    own = {language_of(locale): locale for locale in LOCALES}
    for row in rows:
        current = own.get(row["lang"])
        if current is not None:
            verdict = detector.decide(row["text"], current=current, settled=True)
            moved[row["kind"]].append(verdict.other or verdict.locale not in (None, current))
    return {kind: round(sum(found) / len(found), 4) for kind, found in sorted(moved.items())}


def stock(row: Row) -> str | None:
    """langdetect as it comes, abstaining below the same confidence; what it cannot read it abstains from."""
    try:
        best = detect_langs(row["text"])[0]
    except LangDetectException:
        return None
    if best.prob < STOCK_SURE:
        return None
    return best.lang if best.lang in set(map(language_of, LOCALES)) else "other"


def timed(rows: Sequence[Row], detect: Callable[[Row], str | None]) -> dict[str, object]:
    started = time.perf_counter()
    for row in rows:
        detect(row)
    spent = time.perf_counter() - started
    return {"us_per_call": round(spent / len(rows) * 1e6, 1), **report(rows, detect)}


def report(rows: Iterable[Row], detect: Callable[[Row], str | None]) -> dict[str, object]:
    """Per kind, for the deployment's languages: right, abstained, wrong; for all others: called other, claimed."""
    active = set(map(language_of, LOCALES))
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    outside: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found, lang, kind = detect(row), row["lang"], row["kind"]
        if lang in active:
            inside[kind]["abstained" if found is None else "right" if found == lang else "wrong"] += 1
        else:
            outside[kind]["abstained" if found is None else "other" if found == "other" else "claimed"] += 1
    return {"inside": _shares(inside), "outside": _shares(outside)}


def _shares(counts: dict[str, Counter[str]]) -> dict[str, dict[str, float]]:
    return {
        kind: {name: round(count / found.total(), 4) for name, count in sorted(found.items())}
        for kind, found in sorted(counts.items())
    }


if __name__ == "__main__":
    main(*(convert(value) for convert, value in zip((Path, int), sys.argv[1:], strict=False)))
