"""A birthday in free text, with or without a year: 1990-05-03, 3 May, ٣ مارس, 5月3日, 03/04 in the locale's order."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.message import Day
from bot.understanding.folding import fold, native_digits

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
"""Scripts whose words stand without spaces, or take their endings without one, as ranges of a character class."""
MARKS = "".join(chr(code) for code in range(0x0900, 0x0E00) if unicodedata.category(chr(code))[0] == "M")
"""Vowel signs of the Indic scripts, which `re` does not count as parts of a word."""
_LETTER = rf"[^\W\d_]|[{MARKS}]"

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})(?:\s*[-/. ]\s*(\d{4}|\d{2}))?")
_ISO_WITHIN = re.compile(r"(?<!\d)(?<!\d[-/.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![-/.]?\d)")
_NUMERIC_WITHIN = re.compile(
    r"(?<![\d+])(?<!\d[-/.])(\d{1,2}) ?([-/.]) ?(\d{1,2})(?: ?\2 ?(\d{4}|\d{2}))?(?![-/.:]?\d|\s?%)"
)
_HAN = "零〇一二三四五六七八九"
_HAN_NUMBER = rf"\d{{1,2}}|[{_HAN}十廿卅]{{1,4}}"
_HAN_DATE = re.compile(
    rf"(?:(?<![\d{_HAN}])(\d{{4}}|\d{{2}}|[{_HAN}]{{4}}) ?年 ?)?(?<![\d{_HAN}十])({_HAN_NUMBER}) ?月 ?"
    rf"({_HAN_NUMBER})(?: ?[日号號]|(?![\d{_HAN}十個个月年]))"
)
_ORDINAL = r"-?(?:st|nd|rd|th|er|re|eme|e|o|a|°|го|ое|е|ten|ter)"
_LINK = r"(?:(?:of|de|del|di|do|من|bulan)[ .]{1,2}|d')"
_YEAR = (
    r"(?:[ .,/\-]{0,3}(?:(?:of|de|del|di|do|in|عام|سنه|tahun|सन) )?"
    r"(?P<y>(?:19|20)\d\d|'\d\d|\d\d(?=[\s.!。]*$))(?!\d|[.,:]\d))?"
)
_FIRST = {
    "en": "first",
    "it": "primo",
    "es": "primero|uno",
    "pt": "primeiro",
    "fr": "premier",
    "de": "ersten|erster",
    "ru": "первого|первое",
    "ar": "الاول|اول",
    "hi": "पहली",
    "id": "satu",
    "tr": "bir",
}
"""The first of a month in a word, by language, as `spell` writes it."""
_ENDINGS = {"tr": r"(?:'?[td][ae]n?|'?[iu]n)?"}
_DOTTED = frozenset({"de", "ru", "tr", "id"})
"""Languages that write a day and a month as 03.05 in a sentence; elsewhere that is a time or a price."""
_MONTH_FIRST = frozenset({"en_US"})
_LEAP = 2000
"""A leap year, so that 29 February stands as a day without a year."""
_OLDEST = 120
_WIDTHS = ("wide", "abbreviated")
_LEVANT = (
    *("كانون الثاني", "شباط", "اذار", "نيسان", "ايار", "حزيران"),
    *("تموز", "اب", "ايلول", "تشرين الاول", "تشرين الثاني", "كانون الاول"),
)  # fmt: skip
"""Month names of the Levant and Iraq, which CLDR keeps in regional locales only."""
_REGIONS = {"ar": ("ar_MA", "ar_DZ", "ar_MR"), "de": ("de_AT",)}
"""Locales whose month names are known throughout the language."""
_OTHER_NAMES = {
    "ar": {"كانون ثاني": 1, "تشرين اول": 10, "تشرين ثاني": 11, "كانون اول": 12, "يونيه": 6, "يوليه": 7, "ماي": 5},
    "de": {"jaenner": 1, "feber": 2, "maerz": 3},
    "es": {"setiembre": 9},
    "hi": {"सितम्बर": 9, "अक्तूबर": 10, "नवम्बर": 11, "दिसम्बर": 12, "अक्टुबर": 10},
    "id": {"pebruari": 2, "nopember": 11},
}
_APOSTROPHES = frozenset("'`´\u02bc\u2018\u2019\u2032")
_TABLE_SIZE = 8192

Told = tuple[Day, int, int]
"""A day and where in the text it is told."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A text in one spelling, punctuation kept, and where in the text as written each of its characters stood."""

    text: str
    origin: tuple[int, ...] | None

    def written(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the text as written of a stretch that is not empty."""
        return (start, end) if self.origin is None else (self.origin[start], self.origin[end - 1] + 1)


class _Letters(dict[str, str]):
    """How each character is spelt; fills itself, up to a size."""

    def __missing__(self, letter: str) -> str:
        found = _letter(letter)
        if len(self) < _TABLE_SIZE:
            self[letter] = found
        return found


def _letter(letter: str) -> str:
    if letter in _APOSTROPHES:
        return "'"
    if letter in "ı\n":
        return "i" if letter == "ı" else letter
    folded = unicodedata.normalize("NFD", fold(f"a{letter}a")[1:-1])
    if folded == " ":
        plain = unicodedata.normalize("NFKC", letter)
        return " " if plain.isspace() or unicodedata.category(letter)[0] in "CZ" else plain
    return folded.replace(" ", "/").replace("\u093c", "")


_LETTERS = _Letters()


def spell(text: str) -> Spelt:
    """Small letters without accents, digits as 0-9, no marks that do not show; punctuation and spaces stay."""
    letters = [_LETTERS[letter] for letter in text]
    plain = "".join(letters)
    if len(plain) == len(text) and "" not in letters:
        return Spelt(plain, None)
    return Spelt(plain, tuple(place for place, letter in enumerate(letters) for _ in letter))


def day(text: str, locale: str, today: date) -> Day | None:
    """The one calendar day a text tells, never in the future; None if there is none or it does not exist."""
    locale = locale.partition("@")[0]
    plain = native_digits(text[:200]).strip()
    found = _ISO.fullmatch(plain)
    if found:
        return _checked(int(found[2]), int(found[3]), found[1], today)
    found = _NUMERIC.fullmatch(plain)
    if found:
        return _numeric(int(found[1]), int(found[2]), found[3], month_first=locale in _MONTH_FIRST, today=today)
    spelt = spell(text[:200]).text
    told = days(spelt, locale, today, asked=True)
    if len(told) == 1:
        only, start, end = told[0]
        if not re.search(r"\d", spelt[:start] + spelt[end:]):
            return only
    return _named(fold(plain), locale, today) if len(told) < 2 else None


def days(spelt: str, locale: str, today: date, *, asked: bool = False) -> list[Told]:
    """The days told in a text in our spelling, with their places; 3/5 in a sentence is one only if asked for."""
    locale = locale.partition("@")[0]
    has_digit = re.search(r"\d", spelt) is not None
    found: list[Told] = []
    if has_digit:
        found += _iso_within(spelt, today)
        found += _numeric_within(spelt, locale, today, asked=asked)
    if "月" in spelt:
        found += _han(spelt, today)
    if has_digit or _first_words(locale).search(spelt):
        found += _named_within(spelt, locale, today)
    apart: list[Told] = []
    for one in found:
        if all(one[2] <= other[1] or other[2] <= one[1] for other in apart):
            apart.append(one)
    return sorted(apart, key=lambda one: one[1])


def _iso_within(spelt: str, today: date) -> Iterator[Told]:
    for one in _ISO_WITHIN.finditer(spelt):
        told = _checked(int(one[3]), int(one[4]), one[1], today)
        if told is not None:
            yield told, one.start(), one.end()


def _numeric_within(spelt: str, locale: str, today: date, *, asked: bool) -> Iterator[Told]:
    for one in _NUMERIC_WITHIN.finditer(spelt):
        first, sign, second, year = one.groups()
        if year is None and not asked and not _is_plain(first, sign, second, locale):
            continue
        told = _numeric(int(first), int(second), year, month_first=locale in _MONTH_FIRST, today=today)
        if told is not None:
            yield told, one.start(), one.end()


def _is_plain(first: str, sign: str, second: str, locale: str) -> bool:
    """Whether two numbers in a sentence are surely a day and a month: 03/05 and 25/12 are; 8/10, 24/7, 3.5 are not."""
    is_padded = len(first) == len(second) == 2 and "0" in (first[0], second[0])
    if sign == "/":
        number, month = (second, first) if locale in _MONTH_FIRST else (first, second)
        return is_padded or (int(number) > 12 >= int(month) and (first, second) != ("24", "7"))
    return sign == "." and is_padded and second <= "12" and locale.partition("_")[0] in _DOTTED


def _han(spelt: str, today: date) -> Iterator[Told]:
    for one in _HAN_DATE.finditer(spelt):
        year = one[1] and "".join(str(_han_digit(sign)) for sign in one[1])
        told = _checked(_han_number(one[2]), _han_number(one[3]), year, today)
        if told is not None:
            yield told, one.start(), one.end()


def _han_digit(sign: str) -> int:
    return int(sign) if sign.isdecimal() else max(_HAN.index(sign) - 1, 0)


def _han_number(written: str) -> int:
    """二十五 and 廿五 as 25; 0, which is no day, for what is no number."""
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.replace("廿", "二十").replace("卅", "三十").partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return 0
    return 10 * (_han_digit(tens) if tens else 1) + (_han_digit(ones) if ones else 0) if ten else _han_digit(tens)


def _named_within(spelt: str, locale: str, today: date) -> Iterator[Told]:
    patterns, months = _named_patterns(locale)
    for pattern in patterns:
        for one in pattern.finditer(spelt):
            parts = one.groupdict()
            number = int(parts["d"]) if parts["d"].isdecimal() else 1
            year = parts["y"] or parts.get("before")
            told = _checked(months[parts["m"]], number, year and year.lstrip("'"), today)
            if told is not None:
                yield told, one.start(), one.end()


@lru_cache(maxsize=64)
def _first_words(locale: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{_first(locale)})(?![^\W_])")


def _first(locale: str) -> str:
    return "|".join(dict.fromkeys((*_FIRST.get(locale.partition("_")[0], "first").split("|"), "first")))


@lru_cache(maxsize=64)
def _named_patterns(locale: str) -> tuple[tuple[re.Pattern[str], ...], dict[str, int]]:
    """A day before a month, which may be shortened, and a month before a day."""
    months = {spell(name).text: month for name, month in _month_names(locale)}
    full = "|".join(sorted(months, key=len, reverse=True))
    _add_short(months)
    every = "|".join(sorted(months, key=len, reverse=True))
    ending = _ENDINGS.get(locale.partition("_")[0], "") + rf"(?!{_LETTER})\.?"
    start = rf"(?<![^\W_{UNSPACED}])"
    number = rf"(?P<d>(?:0?[1-9]|[12]\d|3[01])(?!\d)|{_first(locale)})(?:{_ORDINAL})?"
    day_first = rf"(?<![.,/:\-]){start}{number}[ .\-/]{{0,3}}{_LINK}?(?P<m>{every}){ending}{_YEAR}"
    month_first = (
        rf"(?:(?<!\d)(?P<before>(?:19|20)\d\d)[ ,.]{{1,2}})?{start}(?P<m>{full}){ending}[ ,]{{0,2}}"
        rf"(?:(?:the|el|il|le|den|tanggal) )?{number}(?![:%]|[.,/]\d|{_LETTER}){_YEAR}"
    )
    return (re.compile(day_first), re.compile(month_first)), months


def _add_short(months: dict[str, int]) -> None:
    """Add the first three and four letters of Latin and Cyrillic names ("sett", "апре") that begin one month only."""
    short: dict[str, set[int]] = {}
    for name, month in months.items():
        if len(name) > 4 and name.isalpha() and name < "\u0530":
            for length in (3, 4):
                short.setdefault(name[:length], set()).add(month)
    for name, meant in short.items():
        if len(meant) == 1:
            months.setdefault(name, *meant)


def _numeric(first: int, second: int, year: str | None, *, month_first: bool, today: date) -> Day | None:
    month, number = (first, second) if month_first else (second, first)
    if month > 12 >= number:
        month, number = number, month
    return _checked(month, number, year, today)


def _named(words: str, locale: str, today: date) -> Day | None:
    """A text with one month name, a day number and perhaps a year, in any order, among a few other words."""
    month, rest = _month(words, locale)
    numbers = re.findall(r"(?<!\d)(\d{1,4})(?:st|nd|rd|th|o|a|er)?(?![^\W_])", rest)
    if month is None or not 1 <= len(numbers) <= 2 or len(re.findall(r"\d+", rest)) != len(numbers):
        return None
    days = [one for one in numbers if len(one) <= 2]
    years = [one for one in numbers if len(one) == 4]
    if len(days) == 2 and not years:
        days, years = days[:1], days[1:]
    if len(days) != 1 or len(days) + len(years) != len(numbers):
        return None
    return _checked(month, int(days[0]), years[0] if years else None, today)


def _month(words: str, locale: str) -> tuple[int | None, str]:
    """The month named, in full or shortened to three letters or more, and the words around it; None if not just one."""
    names = _month_names(locale)
    found: set[int] = set()
    rest = f" {words} "
    for name, month in names:
        if f" {name} " in rest:
            found.add(month)
            rest = rest.replace(f" {name} ", "  ")
    if not found:
        found = {month for word in words.split() if len(word) >= 3 for name, month in names if name.startswith(word)}
    return (found.pop() if len(found) == 1 else None), rest


@lru_cache(maxsize=256)
def _month_names(locale: str) -> tuple[tuple[str, int], ...]:
    """Folded month names of the locale and of English, the longest first; none with a number in it, as 5月 has."""
    names: dict[str, int] = {}
    language = locale.partition("_")[0]
    for tag in (locale, language, *_REGIONS.get(language, ()), "en"):
        try:
            months = Locale.parse(tag).months
        except (UnknownLocaleError, ValueError):
            continue
        for form in ("format", "stand-alone"):
            for width in _WIDTHS:
                for month, name in months[form][width].items():
                    names.setdefault(fold(name), month)
    names.update({fold(name): month for name, month in _OTHER_NAMES.get(language, {}).items()})
    if language == "ar":
        names.update({name: month for month, name in enumerate(map(fold, _LEVANT), 1)})
    kept = [(name, month) for name, month in names.items() if not any(sign.isdigit() or sign == "月" for sign in name)]
    return tuple(sorted(kept, key=lambda one: (-len(one[0]), one)))


def _checked(month: int, number: int, year: str | None, today: date) -> Day | None:
    try:
        found = date(_LEAP if year is None else _full(year, today), month, number)
    except ValueError:
        return None
    if year is None:
        return Day(month, number)
    return Day.of(found) if today.year - _OLDEST <= found.year and found <= today else None


def _full(year: str, today: date) -> int:
    """A two-digit year as the latest one that is not in the future."""
    if len(year) > 2:
        return int(year)
    century = today.year - today.year % 100
    return century + int(year) - (100 if century + int(year) > today.year else 0)
