"""Which of the offered choices a typed text means: its label, its number, its payload, or how its label begins."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from bot.understanding.folding import fold, key, native_digits

_NUMBER = re.compile(r"[#(\[]?\s*(\d{1,3})\s*[).\]:]?")
_KEYCAPS = str.maketrans({"\ufe0f": None, "\ufe0e": None, "\u20e3": None, "🔟": "10"})
_SHORTEST_PREFIX = 3


def match_choice(text: str, labels: Sequence[str], payloads: Sequence[str]) -> int | None:
    """The index of the choice meant, or None. A label that is itself a number wins over counting."""
    if not text.strip():
        return None
    for spell in (_plain, key):
        found = _only(spell, text, labels)
        if found is not None:
            return found
    number = _number(text)
    if number is not None:
        return number - 1 if 1 <= number <= len(labels) else None
    found = _only(_plain, text, payloads)
    return _prefix(fold(text), [fold(label) for label in labels]) if found is None else found


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("\ufe0f", "").casefold().split())


def _only(spell: Callable[[str], str], text: str, options: Sequence[str]) -> int | None:
    """The one option that is spelt the same; None if there is none, or more than one."""
    wanted = spell(text)
    found = [place for place, option in enumerate(options) if wanted and spell(option) == wanted]
    return found[0] if len(found) == 1 else None


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(native_digits(text.translate(_KEYCAPS)).strip())
    return int(found[1]) if found else None


def _prefix(wanted: str, labels: Sequence[str]) -> int | None:
    if sum(map(str.isalpha, wanted)) < _SHORTEST_PREFIX:
        return None
    found = [place for place, label in enumerate(labels) if label.startswith(wanted)]
    return found[0] if len(found) == 1 else None
