"""What a classifier sees of a text: words, pairs of neighbours, and 1- to 4-character pieces of each word."""

import re
from itertools import pairwise

from bot.understanding.folding import fold
from bot.understanding.skeleton import skeleton

_LONGEST = 300
"""Characters that are looked at."""
_SIZES = (2, 3, 4)
_UMLAUT = re.compile("([aou])e")
"""Written out where the keyboard has none: "Praemien" beside "Prämien"."""
_HINDI = str.maketrans({"\u0901": "\u0902", "\u093c": None})
"""Chandrabindu as anusvara, no nukta: people write either."""


def features(text: str) -> list[str]:
    """The pieces of a text, each as often as it stands there; a word's ends are marked by spaces."""
    words = _spelt(text[:_LONGEST]).split()
    found = [f"{one} {two}" for one, two in pairwise(words)]
    for word in words:
        padded = f" {word} "
        found.append(f"={word}")
        found += word
        if len(bones := skeleton(word)) > 1:
            found.append(f"~{bones}")
        for size in _SIZES:
            found += [padded[start : start + size] for start in range(len(padded) - size + 1)]
    return found


def _spelt(text: str) -> str:
    return _UMLAUT.sub(r"\1", fold(text)).translate(_HINDI)
