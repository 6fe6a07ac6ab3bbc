"""langdetect's own 55 language profiles, read from its package and made into compact tables for naive Bayes.

A table holds the languages of one script. Every n-gram (1 to 3 characters of a word with a space on either side) has
a `bytes` row with one cell a language: the n-gram's log-odds over a floor, in steps of 1/UNIT. Cells are whole numbers,
so a sum is the same on every machine, and adding up a message is `sum` over columns of small integers.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from math import log

import orjson
from langdetect.utils.ngram import NGram

from bot.understanding.scripts import languages_in

UNIT = 20.0
"""Steps of a nat: the largest log-odds over the floor then fit a byte."""
_FLOOR = 5e-5
"""What an unseen n-gram is worth, as langdetect has it (ALPHA_DEFAULT / BASE_FREQ)."""
_TABLE_SIZE = 8192
_WORDS = 4096
"""Words whose sums a table remembers: people's messages share most of theirs."""


class _Spelling(dict[int, str]):
    """langdetect's own normalisation of single characters, as a `str.translate` table filled up to a size."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        found = NGram.normalize(letter) if letter.isalpha() else " "
        if len(self) < _TABLE_SIZE:
            self[code] = found
        return found


_SPELLING = _Spelling()


def words(text: str) -> list[str]:
    """The words of a text, lower case and spelt as in the profiles."""
    return text.lower().translate(_SPELLING).split()


def ngrams(word: str) -> Iterator[str]:
    """The 1- to 3-grams of a word that stands between spaces, the lone space left out."""
    padded = f" {word} "
    yield from word
    for start in range(len(padded) - 1):
        yield padded[start : start + 2]
    for start in range(len(padded) - 2):
        yield padded[start : start + 3]


class Table:
    """The profiles of the languages of one script."""

    def __init__(self, languages: Sequence[str], rows: Mapping[str, bytes]) -> None:
        self.languages = tuple(languages)
        self._rows = rows
        self._columns = lru_cache(_WORDS)(self._word)

    def score(self, found: Sequence[str]) -> list[float]:
        """For each language how many nats above the floor these words are; 0 all over if nothing is known."""
        known = [columns for word in found if (columns := self._columns(word))]
        if not known:
            return [0.0] * len(self.languages)
        return [total / UNIT for total in map(sum, zip(*known, strict=True))]

    def _word(self, word: str) -> tuple[int, ...]:
        """One word's cells added up for each language; empty if nothing of it is known."""
        rows = self._rows
        return tuple(map(sum, zip(*[rows[gram] for gram in ngrams(word) if gram in rows], strict=True)))


@cache
def table(script: str) -> Table:
    """The table of a script, made at its first use and then shared: it never changes."""
    languages = languages_in(script)
    rows: dict[str, bytearray] = {}
    for place, language in enumerate(languages):
        for gram, cell in _cells(language):
            row = rows.get(gram)
            if row is None:
                row = rows[gram] = bytearray(len(languages))
            row[place] = cell
    return Table(languages, {gram: bytes(row) for gram, row in rows.items()})


def _cells(language: str) -> Iterator[tuple[str, int]]:
    profile = orjson.loads(files("langdetect").joinpath("profiles", language).read_bytes())
    counts: dict[str, int] = {}
    for gram, count in profile["freq"].items():
        small = gram.lower()
        counts[small] = counts.get(small, 0) + count
    scale = [1 / (total * _FLOOR) if total else 0.0 for total in profile["n_words"]]
    for gram, count in counts.items():
        if 0 < len(gram) <= len(scale):
            yield gram, min(round(UNIT * log(1 + count * scale[len(gram) - 1])), 255)
