"""Two kinds of evidence for a language, each a table of whole numbers: langdetect's n-grams and wordfreq's words.

A table holds the languages of one script, a row an n-gram or word, a column a language: its log-odds over a floor, in
steps of a nat's share. n-grams (1 to 3 characters of a word with a space on either side) are langdetect's own 55
profiles; the words are wordfreq's small lists, each word kept as a 32-bit checksum. Cells are whole numbers, so a sum
is the same on every machine. Measured on 13 languages without a prior (docs/language.md): the words lift single words
from .73 to .87 right and chat from .94 to .98; py3langid on top of them adds less than a tenth of a point.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import chain
from math import log
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np
import orjson
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

from bot.understanding.cache import Arrays, fingerprint, remembered
from bot.understanding.scripts import languages_in

_MADE = 1
"""Counted up when the tables are made in another way, so that older ones are not read."""
GRAM_UNIT = 20.0
WORD_UNIT = 15.0
"""Steps of a nat: the largest log-odds over the floor then fit a byte."""
_FLOOR = 5e-5
"""What an unseen n-gram is worth, as langdetect has it (ALPHA_DEFAULT / BASE_FREQ)."""
_WORD_FLOOR = -18.4
"""What an unseen word is worth, in nats: one in a hundred million."""
GRAMS = 0.2
"""n-grams overlap, so their evidence is counted at this share of its face value; words at the next."""
WORDS = 0.6
_UNLISTED = 0.6
"""A language without a word list is credited with this share of what the best of the others gets."""
_LISTS = {"no": "nb", "tl": "fil", "hr": "sh"}
"""langdetect's name of a language -> wordfreq's, where they differ."""
_UNSPACED = frozenset({"ja", "zh-cn", "zh-tw"})
SIBLINGS = {"ms": "id"}
"""A language langdetect has no profile of -> the one it is written like."""
_TABLE_SIZE = 8192
Row = TypeVar("Row", str, int)


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
    """The evidence for the languages of one script."""

    def __init__(self, languages: Sequence[str], arrays: Arrays) -> None:
        self.languages = tuple(languages)
        self._cells = arrays["grams"]
        self._places = {gram: place for place, gram in enumerate(bytes(arrays["keys"]).decode().split("\n"))}
        self._keys = arrays["words"]
        self._frequencies = arrays["frequencies"]
        self._unlisted = arrays["unlisted"]

    def score(self, found: Sequence[str]) -> NDArray[np.float64]:
        """For each language how many nats above the floor these words are; 0 all over if nothing is known."""
        places = self._places
        grams = [place for word in found for gram in ngrams(word) if (place := places.get(gram)) is not None]
        total = self._cells[grams].sum(axis=0, dtype=np.int64) * (GRAMS / GRAM_UNIT)
        return np.asarray(total + self._spoken(found))

    def _spoken(self, found: Sequence[str]) -> NDArray[np.float64]:
        """The same for whole words."""
        if not len(self._keys) or not found:
            return np.zeros(len(self.languages))
        wanted = np.array([crc32(word.encode()) for word in found], dtype=np.uint32)
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        known = places[self._keys[places] == wanted]
        total = self._frequencies[known].sum(axis=0, dtype=np.int64) * (WORDS / WORD_UNIT)
        total[self._unlisted] = total.max() * _UNLISTED
        return np.asarray(total)


@cache
def table(script: str, folder: Path) -> Table:
    """The table of a script, kept in the cache folder and shared: it never changes."""
    languages = _languages(script)
    sources = (version("langdetect"), version("wordfreq"), script, *languages, str(_MADE))
    name = f"language-{script.lower()}-{fingerprint(*(one.encode() for one in sources))}"
    return Table(languages, remembered(folder, name, lambda: _arrays(languages)))


def _languages(script: str) -> tuple[str, ...]:
    profiled = languages_in(script)
    return (*profiled, *(name for name, sibling in SIBLINGS.items() if sibling in profiled))


def _arrays(languages: Sequence[str]) -> Arrays:
    grams = _matrix([_grams(SIBLINGS.get(language, language)) for language in languages])
    spoken = _matrix([_words(language) for language in languages])
    order = sorted(spoken)
    return {
        "keys": np.frombuffer("\n".join(grams).encode(), dtype=np.uint8),
        "grams": np.array(list(grams.values()), dtype=np.uint8).reshape(len(grams), len(languages)),
        "words": np.array(order, dtype=np.uint32),
        "frequencies": np.frombuffer(b"".join(spoken[key] for key in order), dtype=np.uint8).reshape(
            len(order), len(languages)
        ),
        "unlisted": np.array([_list_of(language) is None for language in languages]),
    }


def _matrix(columns: Sequence[Iterable[tuple[Row, int]]]) -> dict[Row, bytearray]:
    """n-gram or checksum -> one cell a language."""
    rows: dict[Row, bytearray] = {}
    for place, column in enumerate(columns):
        for key, cell in column:
            row = rows.get(key)
            if row is None:
                row = rows[key] = bytearray(len(columns))
            row[place] = max(row[place], cell)
    return rows


def _grams(language: str) -> Iterator[tuple[str, int]]:
    profile = orjson.loads(files("langdetect").joinpath("profiles", language).read_bytes())
    counts: dict[str, int] = {}
    for gram, count in profile["freq"].items():
        small = gram.lower()
        counts[small] = counts.get(small, 0) + count
    scale = [1 / (total * _FLOOR) if total else 0.0 for total in profile["n_words"]]
    for gram, count in counts.items():
        if 0 < len(gram) <= len(scale):
            yield gram, min(round(GRAM_UNIT * log(1 + count * scale[len(gram) - 1])), 255)


def _words(language: str) -> Iterator[tuple[int, int]]:
    """Checksum and cell of every listed word; a word with an apostrophe counts as its parts, as `words` cuts it."""
    from wordfreq import get_frequency_list  # noqa: PLC0415  # only where tables are made: a warm start goes without

    listed = _list_of(language)
    buckets = get_frequency_list(listed, "small") if listed else []
    for place, bucket in enumerate(buckets):
        cell = min(max(round(WORD_UNIT * (-place / 100 * log(10) - _WORD_FLOOR)), 0), 255)
        for part in chain.from_iterable(map(words, bucket)):
            yield crc32(part.encode()), cell


def _list_of(language: str) -> str | None:
    """wordfreq's list of a language; none where there is none or words are not written apart."""
    from wordfreq import available_languages  # noqa: PLC0415  # the same

    listed = _LISTS.get(language, language)
    return listed if listed in available_languages("small") and language not in _UNSPACED else None
