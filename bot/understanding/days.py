"""A birthday in free text, with or without a year: 1990-05-03, 3 May, ٣ مارس, 03/04 in the locale's order."""

import re
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.message import Day
from bot.understanding.folding import fold, native_digits

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})(?:\s*[-/. ]\s*(\d{4}|\d{2}))?")
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


def day(text: str, locale: str, today: date) -> Day | None:
    """The one calendar day a text tells, never in the future; None if there is none or it does not exist."""
    plain = native_digits(text[:200]).strip()
    found = _ISO.fullmatch(plain)
    if found:
        return _checked(int(found[2]), int(found[3]), found[1], today)
    found = _NUMERIC.fullmatch(plain)
    if found:
        return _numeric(int(found[1]), int(found[2]), found[3], month_first=locale in _MONTH_FIRST, today=today)
    return _named(fold(plain), locale, today)


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
    """Folded month names of the locale and of English, the longest first."""
    names: dict[str, int] = {}
    for tag in (locale, locale.partition("_")[0], "en"):
        try:
            months = Locale.parse(tag).months
        except (UnknownLocaleError, ValueError):
            continue
        for form in ("format", "stand-alone"):
            for width in _WIDTHS:
                for month, name in months[form][width].items():
                    names.setdefault(fold(name), month)
    if locale.startswith("ar"):
        names.update({name: month for month, name in enumerate(map(fold, _LEVANT), 1)})
    return tuple(sorted(names.items(), key=lambda one: (-len(one[0]), one)))


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
