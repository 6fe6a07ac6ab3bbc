"""Typed values as a locale writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from bot.message import Code, Day, Link, Mark, Moment, Money, Name, Points, Value

Shown = tuple[str, Mark | None]

_LEAP_YEAR = 2024
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""ISO 4217 exponents other than 2. CLDR's own digits differ (IQD 0) and would round minor units away."""

_GROUPED = 1_000
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DROPPED = re.compile(f"[{_BIDI}\ufeff\ufff9-\ufffb\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029 ]+")

_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Where a currency's letters touch the digits: CLDR wants a space there (CHF 5.00) and Babel puts none."""


def exponent(currency: str) -> int:
    """How many digits the currency's minor unit stands for."""
    return _EXPONENTS.get(currency, 2)


def clean(words: str) -> str:
    """Somebody's own words on one line, without control characters and without characters that turn the direction."""
    if words.isascii() and words.isprintable() and words[:1] != " " != words[-1:] and "  " not in words:
        return words
    return unicodedata.normalize("NFC", _BREAKS.sub(" ", _DROPPED.sub("", words))).strip()


def _number(value: int, locale: Locale) -> str:
    """Babel writes every locale in Latin digits and groups from a thousand on: below, it is the plain number."""
    return str(value) if 0 <= value < _GROUPED else str(format_decimal(value, locale=locale))


def _points(value: Points, locale: Locale) -> str:
    return _number(value.value, locale)


def _money(value: Money, locale: Locale) -> str:
    digits = exponent(value.currency)
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    amount = Decimal(value.minor).scaleb(-digits)
    written = pattern.apply(amount, locale, currency=value.currency, currency_digits=False)
    return _TOUCHING.sub("\u00a0", written)


def _day(value: Day, locale: Locale) -> str:
    if value.year is None:
        return format_skeleton("MMMMd", date(_LEAP_YEAR, value.month, value.day), locale=locale)
    return format_date(date(value.year, value.month, value.day), "long", locale=locale)


def _moment(value: Moment, locale: Locale) -> str:
    local: datetime = value.local()
    day = format_date(local.date(), "long", locale=locale)
    if local.time() == time():
        return day
    hour = format_time(local.time(), "short", locale=locale)
    return str(locale.datetime_formats["long"]).replace("'", "").format(hour, day)


def _words(value: str, _: Locale) -> str:
    return clean(value)


def _wrapped(value: Code | Name, _: Locale) -> str:
    return clean(value.value)


def _address(value: Link, _: Locale) -> str:
    return clean(value.value).replace(" ", "%20")


_FORMATS: dict[type, tuple[Callable[..., str], Mark | None]] = {
    Points: (_points, Mark.NUMBER),
    Money: (_money, Mark.NUMBER),
    Day: (_day, None),
    Moment: (_moment, None),
    Code: (_wrapped, Mark.CODE),
    Name: (_wrapped, Mark.NAME),
    Link: (_address, Mark.LINK),
    int: (_number, Mark.NUMBER),
    str: (_words, Mark.NAME),
}

PERSONAL = frozenset({Code, Name, Link, str})
"""Cheap to write and somebody's own: never kept in a cache."""


def shown(value: Value, locale: Locale) -> Shown:
    """The value as the locale writes it, and what it is."""
    write, mark = _FORMATS.get(type(value)) or _inherited(value)
    return write(value, locale), mark


def _inherited(value: Value) -> tuple[Callable[..., str], Mark | None]:
    for kind in (int, str):
        if isinstance(value, kind):
            return _FORMATS[kind]
    raise TypeError(f"{type(value).__name__} is not a value a text can show")
