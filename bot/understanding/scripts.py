"""Unicode scripts: which one a letter belongs to, and which of langdetect's languages are written in it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

LATIN = "Latin"
_RANGES = (
    (0x0041, 0x005A, LATIN),
    (0x0061, 0x007A, LATIN),
    (0x00C0, 0x024F, LATIN),
    (0x0250, 0x02AF, LATIN),
    (0x0370, 0x03FF, "Greek"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0530, 0x058F, "Armenian"),
    (0x0590, 0x05FF, "Hebrew"),
    (0x0600, 0x06FF, "Arabic"),
    (0x0700, 0x074F, "Syriac"),
    (0x0750, 0x077F, "Arabic"),
    (0x0780, 0x07BF, "Thaana"),
    (0x0870, 0x08FF, "Arabic"),
    (0x0900, 0x097F, "Devanagari"),
    (0x0980, 0x09FF, "Bengali"),
    (0x0A00, 0x0A7F, "Gurmukhi"),
    (0x0A80, 0x0AFF, "Gujarati"),
    (0x0B00, 0x0B7F, "Oriya"),
    (0x0B80, 0x0BFF, "Tamil"),
    (0x0C00, 0x0C7F, "Telugu"),
    (0x0C80, 0x0CFF, "Kannada"),
    (0x0D00, 0x0D7F, "Malayalam"),
    (0x0D80, 0x0DFF, "Sinhala"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Lao"),
    (0x0F00, 0x0FFF, "Tibetan"),
    (0x1000, 0x109F, "Myanmar"),
    (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1200, 0x139F, "Ethiopic"),
    (0x1780, 0x17FF, "Khmer"),
    (0x1800, 0x18AF, "Mongolian"),
    (0x1C80, 0x1C8F, "Cyrillic"),
    (0x1C90, 0x1CBF, "Georgian"),
    (0x1E00, 0x1EFF, LATIN),
    (0x1F00, 0x1FFF, "Greek"),
    (0x2C60, 0x2C7F, LATIN),
    (0x2DE0, 0x2DFF, "Cyrillic"),
    (0x3005, 0x3007, "Han"),
    (0x3041, 0x309F, "Kana"),
    (0x30A0, 0x30FF, "Kana"),
    (0x3100, 0x312F, "Bopomofo"),
    (0x3130, 0x318F, "Hangul"),
    (0x31A0, 0x31BF, "Bopomofo"),
    (0x31F0, 0x31FF, "Kana"),
    (0x3400, 0x4DBF, "Han"),
    (0x4E00, 0x9FFF, "Han"),
    (0xA640, 0xA69F, "Cyrillic"),
    (0xA720, 0xA7FF, LATIN),
    (0xAC00, 0xD7FF, "Hangul"),
    (0xF900, 0xFAFF, "Han"),
    (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFC, "Arabic"),
    (0x20000, 0x3FFFF, "Han"),
)
_PERSIAN = frozenset("\u06cc\u06a9\u06c1\u06d2\u0679\u0688\u0691\u06ba")
"""Letters no Arabic keyboard writes (Farsi yeh and keheh, Urdu heh, yeh barree, retroflexes, noon ghunna)."""
_STARTS = [first for first, _, _ in _RANGES]

_WRITTEN_IN = {
    "Greek": ("el",),
    "Cyrillic": ("bg", "mk", "ru", "uk"),
    "Hebrew": ("he",),
    "Arabic": ("ar", "fa", "ur"),
    "Perso-Arabic": ("fa", "ur"),
    "Devanagari": ("hi", "mr", "ne"),
    "Bengali": ("bn",),
    "Gurmukhi": ("pa",),
    "Gujarati": ("gu",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Kannada": ("kn",),
    "Malayalam": ("ml",),
    "Thai": ("th",),
    "Hangul": ("ko",),
    "Kana": ("ja",),
    "Bopomofo": ("zh-tw",),
    "Han": ("ja", "zh-cn", "zh-tw"),
    LATIN: (
        *("af", "ca", "cs", "cy", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv", "nl"),
        *("no", "pl", "pt", "ro", "sk", "sl", "so", "sq", "sv", "sw", "tl", "tr", "vi"),
    ),
}  # fmt: skip


def script_of(letter: str) -> str | None:
    """The script of a letter, or None for what is not a letter or lies outside the table."""
    code = ord(letter)
    first, last, script = _RANGES[max(bisect_right(_STARTS, code) - 1, 0)]
    return script if first <= code <= last and letter.isalpha() else None


def languages_in(script: str) -> tuple[str, ...]:
    """The languages among langdetect's 55 that are written in this script; none for a script it does not know."""
    return _WRITTEN_IN.get(script, ())


def scripts_of(languages: Collection[str]) -> tuple[str, ...]:
    """The scripts that these languages are written in, and Latin, which people everywhere write."""
    return tuple(
        script for script, known in _WRITTEN_IN.items() if script == LATIN or not set(known).isdisjoint(languages)
    )


def dominant(text: str) -> tuple[str | None, int, int]:
    """The script that decides, how many letters it has, and how many letters there are in all.

    Any other script wins over Latin, since Latin brand names and links stand in every language; kana wins over Han.
    """
    if text.isascii():
        letters = sum(map(str.isalpha, text))
        return (LATIN if letters else None), letters, letters
    counts = Counter(script for script in map(script_of, text) if script is not None)
    total = sum(counts.values())
    latin = counts.pop(LATIN, 0)
    if not counts:
        return (LATIN if latin else None), latin, total
    if counts.keys() & {"Kana", "Bopomofo"}:
        counts["Kana" if "Kana" in counts else "Bopomofo"] += counts.pop("Han", 0)
    script, letters = max(counts.items(), key=lambda found: (found[1], found[0]))
    return ("Perso-Arabic" if script == "Arabic" and _PERSIAN & set(text) else script), letters, total


def codepages(text: str) -> dict[str, int]:
    """How many Han characters only one country writes, by the national character sets that hold them.

    Simplified ones stand in GB 2312 alone, Japanese ones in Shift JIS, the others among Taiwan's Big5. Characters
    that all share speak a little for Chinese: a Japanese message without any kana is rare.
    """
    found = {"zh-cn": 1, "zh-tw": 0, "ja": 0}
    for letter in text:
        simplified, japanese, traditional = _codepages(letter)
        if simplified and not japanese:
            found["zh-cn"] += 1
        elif japanese and not simplified:
            found["zh-tw" if traditional else "ja"] += 1
    return found


@lru_cache(maxsize=8192)
def _codepages(letter: str) -> tuple[bool, bool, bool]:
    if script_of(letter) != "Han":
        return False, False, False
    return _has(letter, "gb2312"), _has(letter, "shift_jis"), _has(letter, "big5")


def _has(letter: str, codec: str) -> bool:
    try:
        letter.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
